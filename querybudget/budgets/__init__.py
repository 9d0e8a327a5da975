"""What may be declared, which declaration holds, and whether it does. Pure."""
