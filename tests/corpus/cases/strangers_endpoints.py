"""Problems as strangers write them with the REST framework."""

from django.db.models import Count
from rest_framework import mixins, permissions, serializers, viewsets
from rest_framework.generics import GenericAPIView, ListAPIView
from rest_framework.pagination import PageNumberPagination
from rest_framework.response import Response
from rest_framework.views import APIView

from tests.corpus.case import duplicate, loop, n_plus_one
from tests.corpus.cases.strangers_desk import Endpoint
from tests.corpus.models import Comment, Label, Member, Team, Ticket


class Pages(PageNumberPagination):
    page_size = 50


class CommentSerializer(serializers.ModelSerializer):
    author = serializers.CharField(source="author.name")

    class Meta:
        model = Comment
        fields = ["author", "text"]


class PlainCommentSerializer(serializers.ModelSerializer):
    class Meta:
        model = Comment
        fields = ["pk", "text"]


class ThreadSerializer(serializers.ModelSerializer):
    thread = CommentSerializer(many=True, source="comments")

    class Meta:
        model = Ticket
        fields = ["title", "thread"]


class ReporterSerializer(serializers.ModelSerializer):
    reporter = serializers.CharField(source="reporter.name")

    class Meta:
        model = Ticket
        fields = ["title", "reporter"]


class OwnerSerializer(serializers.ModelSerializer):
    class Meta:
        model = Ticket
        fields = ["title", "owner_label"]


def listing(of, shown, **options):
    """Make a stock list view of a queryset."""
    return type("TicketList", (ListAPIView,), {"queryset": of, "serializer_class": shown, **options})


class ListOverridden(Endpoint):
    due = n_plus_one("Ticket.assignee", 'select_related("assignee")')

    class view(mixins.ListModelMixin, GenericAPIView):  # noqa: N801 - what the case shows
        queryset = Ticket.objects.order_by("pk")
        pagination_class = Pages

        def get(self, request):
            return self.list(request)

        def list(self, request, *args, **kwargs):
            page = self.paginate_queryset(self.filter_queryset(self.get_queryset()))
            rows = [
                {"id": each.pk, "assignee": each.assignee.name if each.assignee else None}  # due
                for each in page
            ]
            return self.get_paginated_response(rows)

    class Clean:
        class view(mixins.ListModelMixin, GenericAPIView):  # noqa: N801 - what the case shows
            queryset = Ticket.objects.select_related("assignee").order_by("pk")
            pagination_class = Pages

            def get(self, request):
                page = self.paginate_queryset(self.filter_queryset(self.get_queryset()))
                return self.get_paginated_response([[each.pk, each.assignee.name] for each in page])


class ToRepresentationAddsHouse(Endpoint):
    due = n_plus_one("Member.team", 'select_related("assignee__team")')

    class Shown(serializers.ModelSerializer):
        class Meta:
            model = Ticket
            fields = ["pk", "title"]

        def to_representation(self, instance):
            data = super().to_representation(instance)
            if instance.assignee_id:
                data["team"] = instance.assignee.team.name  # due
            return data

    view = listing(Ticket.objects.select_related("assignee").order_by("pk"), Shown)

    class Clean:
        pass


ToRepresentationAddsHouse.Clean.view = listing(
    Ticket.objects.select_related("assignee__team").order_by("pk"), ToRepresentationAddsHouse.Shown
)


class MethodFieldSerializesChildren(Endpoint):
    due = n_plus_one("Ticket.comments", 'prefetch_related("comments")')

    class Shown(serializers.ModelSerializer):
        comments = serializers.SerializerMethodField()

        class Meta:
            model = Ticket
            fields = ["title", "comments"]

        def get_comments(self, ticket):
            return PlainCommentSerializer(ticket.comments.all(), many=True, context=self.context).data  # due

    view = listing(Ticket.objects.order_by("pk"), Shown)

    class Clean:
        pass


MethodFieldSerializesChildren.Clean.view = listing(
    Ticket.objects.prefetch_related("comments").order_by("pk"), MethodFieldSerializesChildren.Shown
)


class MethodFieldSerializesParent(Endpoint):
    due = n_plus_one("Ticket.team", 'select_related("team")')

    class TeamSerializer(serializers.ModelSerializer):
        class Meta:
            model = Team
            fields = ["slug", "name"]

    class Shown(serializers.ModelSerializer):
        team = serializers.SerializerMethodField(method_name="team_of")

        class Meta:
            model = Ticket
            fields = ["title", "team"]

        def team_of(self, ticket):
            shown = MethodFieldSerializesParent.TeamSerializer(ticket.team)  # due
            return shown.data

    view = listing(Ticket.objects.order_by("pk"), Shown, pagination_class=Pages)

    class Clean:
        pass


MethodFieldSerializesParent.Clean.view = listing(
    Ticket.objects.select_related("team").order_by("pk"), MethodFieldSerializesParent.Shown
)


class ClassQuerysetIgnored(Endpoint):
    """The queryset of the class is right, and the method makes another."""

    due = n_plus_one("Ticket.reporter", 'select_related("reporter")')
    field = "ReporterSerializer.reporter"

    class view(ListAPIView):  # noqa: N801 - what the case shows
        queryset = Ticket.objects.select_related("reporter")
        serializer_class = ReporterSerializer

        def get_queryset(self):
            tickets = Ticket.objects.open().order_by("pk")
            if self.request.query_params.get("closed"):
                tickets = Ticket.objects.filter(is_closed=True)
            return tickets

    class Clean:
        class view(ListAPIView):  # noqa: N801 - what the case shows
            queryset = Ticket.objects.select_related("reporter")
            serializer_class = ReporterSerializer

            def get_queryset(self):
                return super().get_queryset().filter(is_closed=False).order_by("pk")


class ThreadBySource(Endpoint):
    """The children are prefetched, and not what each shows of its own parent."""

    due = n_plus_one("Comment.author", 'prefetch_related("comments__author")')
    field = "ThreadSerializer.thread[].author"
    latent = False  # two comments a ticket
    view = listing(Ticket.objects.prefetch_related("comments").order_by("pk"), ThreadSerializer)

    class Clean:
        view = listing(Ticket.objects.prefetch_related("comments__author").order_by("pk"), ThreadSerializer)


class PropertyAsField(Endpoint):
    due = n_plus_one("Ticket.assignee", 'select_related("assignee")')
    where = "return self.assignee or self.reporter"
    view = listing(Ticket.objects.order_by("pk"), OwnerSerializer, pagination_class=Pages)

    class Clean:
        view = listing(Ticket.objects.select_related("assignee").order_by("pk"), OwnerSerializer)


class MayReadRow(permissions.BasePermission):
    def has_object_permission(self, request, view, obj):
        return not Member.objects.filter(
            name="banned", team_id=f"team-{obj.position}", reported=obj
        ).exists()  # due


class ObjectPermissionPerRow(Endpoint):
    due = loop(table="corpus_member")
    where = MayReadRow

    class view(APIView):  # noqa: N801 - what the case shows
        permission_classes = [MayReadRow]

        def get(self, request):
            seen = []
            for ticket in Ticket.objects.order_by("pk"):
                self.check_object_permissions(request, ticket)
                seen.append(ticket.title)
            return Response(seen)

    class Clean:
        class view(APIView):  # noqa: N801 - what the case shows
            def get(self, request):
                banned = set(Member.objects.filter(name="banned").values_list("pk", flat=True))
                tickets = Ticket.objects.order_by("pk")
                return Response([each.title for each in tickets if each.reporter_id not in banned])


class ContextQueriesPerRow(Endpoint):
    """A method asks per row for what a queryset could have annotated."""

    due = loop(table="corpus_comment")

    class Shown(serializers.ModelSerializer):
        is_answered = serializers.SerializerMethodField()

        class Meta:
            model = Ticket
            fields = ["title", "is_answered"]

        def get_is_answered(self, ticket):
            by_others = Comment.objects.filter(ticket=ticket).exclude(author=ticket.reporter_id)
            return by_others.count() > 0  # due

    view = listing(Ticket.objects.order_by("pk"), Shown)

    class Clean:
        class Annotated(serializers.ModelSerializer):
            n = serializers.IntegerField()

            class Meta:
                model = Ticket
                fields = ["title", "n"]

        view = listing(Ticket.objects.annotate(n=Count("comments")).order_by("pk"), Annotated)


class KeysValidatedOneByOne(Endpoint):
    """A related field with many keys gets each on its own."""

    due = loop(table="corpus_label")

    class Form(serializers.Serializer):
        labels = serializers.PrimaryKeyRelatedField(many=True, queryset=Label.objects.all())

    class view(APIView):  # noqa: N801 - what the case shows
        def get(self, request):
            keys = list(Label.objects.values_list("pk", flat=True))
            form = KeysValidatedOneByOne.Form(data={"labels": keys})
            form.is_valid(raise_exception=True)  # due
            return Response(len(form.validated_data["labels"]))

    class Clean:
        class Form(serializers.Serializer):
            labels = serializers.ListField(child=serializers.IntegerField())

        class view(APIView):  # noqa: N801 - what the case shows
            def get(self, request):
                keys = list(Label.objects.values_list("pk", flat=True))
                form = KeysValidatedOneByOne.Clean.Form(data={"labels": keys})
                form.is_valid(raise_exception=True)
                return Response(len(Label.objects.in_bulk(form.validated_data["labels"])))


class UniqueValidatorPerElement(Endpoint):
    due = loop(table="corpus_label")

    class LabelSerializer(serializers.ModelSerializer):
        class Meta:
            model = Label
            fields = ["name"]

    class view(APIView):  # noqa: N801 - what the case shows
        def get(self, request):
            rows = [{"name": f"new-{key}"} for key in Ticket.objects.values_list("pk", flat=True)]
            many = UniqueValidatorPerElement.LabelSerializer(data=rows, many=True)
            many.is_valid(raise_exception=True)  # due
            return Response(many.data)

    class Clean:
        class view(APIView):  # noqa: N801 - what the case shows
            def get(self, request):
                names = [f"new-{key}" for key in Ticket.objects.values_list("pk", flat=True)]
                taken = set(Label.objects.filter(name__in=names).values_list("name", flat=True))
                return Response([name for name in names if name not in taken])


class ActionAsksWhoPerRow(Endpoint):
    """Each row asks again who asks, with what the request says."""

    due = duplicate("corpus_member")

    class Shown(serializers.ModelSerializer):
        is_mine = serializers.SerializerMethodField()

        class Meta:
            model = Ticket
            fields = ["title", "is_mine"]

        def get_is_mine(self, ticket):
            me = Member.objects.get(name=self.context["request"].headers.get("X-Me", "reporter-0"))  # due
            return ticket.reporter_id == me.pk

    view = listing(Ticket.objects.order_by("pk"), Shown)

    class Clean:
        class Shown(serializers.ModelSerializer):
            is_mine = serializers.SerializerMethodField()

            class Meta:
                model = Ticket
                fields = ["title", "is_mine"]

            def get_is_mine(self, ticket):
                return ticket.reporter_id == self.context["me"].pk

        class view(ListAPIView):  # noqa: N801 - what the case shows
            queryset = Ticket.objects.order_by("pk")

            def get_serializer_class(self):
                return ActionAsksWhoPerRow.Clean.Shown

            def get_serializer_context(self):
                return {**super().get_serializer_context(), "me": Member.objects.get(name="reporter-0")}


class ExtraActionOfViewset(Endpoint):
    due = n_plus_one("Label.tickets", 'prefetch_related("tickets")')

    class LabelViewSet(viewsets.ReadOnlyModelViewSet):
        queryset = Label.objects.order_by("pk")

        def summary(self, request):
            return Response({each.name: self.titles(each) for each in self.get_queryset()})

        def titles(self, label):
            return sorted(ticket.title for ticket in label.tickets.all())  # due

    class view:  # noqa: N801 - what the case shows
        @staticmethod
        def as_view():
            return ExtraActionOfViewset.LabelViewSet.as_view({"get": "summary"})

    class Clean:
        class view:  # noqa: N801 - what the case shows
            @staticmethod
            def as_view():
                of = {"queryset": Label.objects.prefetch_related("tickets").order_by("pk")}
                better = type("LabelViewSet", (ExtraActionOfViewset.LabelViewSet,), of)
                return better.as_view({"get": "summary"})
