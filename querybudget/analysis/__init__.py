"""Pure: from events to groups, measures and findings. Knows neither Django nor pytest."""
