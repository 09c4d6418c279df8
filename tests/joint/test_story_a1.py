from gridgov.joint.items import ItemDraft, add_item
from gridgov.joint.show import items_of, summaries
from tests.support.desk import trying


def test_smoke(shared_town):
    with trying(shared_town) as desk:
        case = desk.joint(category="21001")
        desk.act(case, "handler-office", "accept")
        desk.at += __import__("datetime").timedelta(minutes=1)
        item = add_item(
            desk.session,
            case.number,
            ItemDraft(
                "parking",
                unit="property",
                category="01001",
                limit=("working_days", 10),
                co_units=("bureau",),
            ),
            desk.actor("head-office"),
            desk.at,
            desk.known,
        )
        assert item.status == "dispatched" and item.joint_id == case.id
        assert "urge" in desk.offers(item, "head-office")
        assert "join" not in desk.offers(item, "head-office")
        desk.act(item, "handler", "accept")
        desk.act(item, "handler", "submit")
        assert "pass" in desk.offers(item, "head-office")
        desk.act(item, "head-office", "pass")
        print(
            summaries(desk.session, [case.id]),
            items_of(desk.session, [case.id], desk.actor("head-office"), desk.at, desk.known),
        )
        print(desk.offers(case, "head-office"), desk.told(item))
        desk.act(case, "head-office", "close_joint")
