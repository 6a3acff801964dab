"""Second reading: India, Indonesia, Philippines, Hong Kong, Singapore (sections 6, 7, 8 and 11)."""

from __future__ import annotations

PACKS: dict[str, dict[str, dict[str, object]]] = {
    # One row asks for the draft of 2026 as a pack of its own that can be switched on ("in.rbi.2026draft").
    # Reading one (taken): one pack, as written, where the severity "draft" is the switch. Reading two: two.
    "in.rbi": {
        # Calls. Not for microfinance loans, by the note. Reading one (taken): the row names no product.
        # Reading two: product is everything but microfinance.
        "in.w1": {
            "channels": ["voice"], "days": "all", "allow": ["08:00", "19:00"],
            "sev": "hard", "conf": "read2", "enforce": "gate",
        },
        "in.w2": {
            "channels": ["voice", "visit"], "days": "all", "allow": ["08:00", "19:00"],
            "sev": "draft", "conf": "read2", "enforce": "gate",
        },
        "in.w3": {
            "product": "microfinance", "channels": ["voice", "visit"], "days": "all",
            "allow": ["09:00", "18:00"], "sev": "hard", "conf": "memory", "enforce": "gate",
        },
        "in.w4": {
            "channels": ["any"], "days": "debtor_blocked", "allow": [],
            "sev": "draft", "conf": "read2", "enforce": "gate",
        },
        # The row has 0 days and says that the source gives no length. Reading one (taken): 0 stands for "no
        # fixed length", the occasion ends it. Reading two: a length that a parameter must replace.
        "in.p1": {
            "trigger": ["bereavement", "calamity", "marriage", "festival"], "channels": ["voice", "visit"],
            "days": 0, "until": "occasion_over", "sev": "draft", "conf": "read2", "enforce": "state",
        },
        "in.k1": {
            "who": ["family", "referee", "friend", "colleague"], "rule": "forbid",
            "sev": "hard", "conf": "read2", "enforce": "gate",
        },
        "in.v1": {
            "place": ["borrower_choice", "residence", "workplace_if_absent"],
            "sev": "draft", "conf": "read2", "enforce": "gate",
        },
        "in.v2": {
            "product": "microfinance", "place": ["agreed_central_place"],
            "sev": "draft", "conf": "read2", "enforce": "gate",
        },
        "in.r1": {"when": "agent_assigned", "sev": "draft", "conf": "read2", "enforce": "plan"},
        "in.r2": {"when": "agent_engaged", "sev": "draft", "conf": "read2", "enforce": "report"},
        "in.e1": {"channels": ["voice"], "sev": "draft", "conf": "read2", "enforce": "report"},
        "in.f1": {"sev": "hard", "conf": "read2", "enforce": "report"},
    },
    "id.ojk": {
        "id.w1": {
            "channels": ["any"], "days": "mon-sat", "allow": ["08:00", "20:00"],
            "unless": ["debtor_agreed"], "sev": "hard", "conf": "read2", "enforce": "gate",
        },
        "id.w2": {
            "channels": ["any"], "days": "sun+hol", "allow": [], "unless": ["debtor_agreed"],
            "sev": "hard", "conf": "read2", "enforce": "gate",
        },
        "id.w3": {
            "product": "p2p_lending", "channels": ["any"], "days": "all", "allow": ["08:00", "20:00"],
            "sev": "hard", "conf": "read2", "enforce": "gate",
        },
        # "Not continuously": no number in the rule.
        "id.c1": {
            "channels": ["any"], "max": None, "per": "day", "scope": ["person"], "counts": "attempt",
            "pool_channels": True, "pool_actors": True, "sev": "hard", "conf": "read2", "enforce": "report",
        },
        "id.k1": {
            "who": "third_party", "rule": "forbid", "sev": "hard", "conf": "read2", "enforce": "gate",
        },
        "id.v1": {
            "place": ["billing_address", "domicile"], "sev": "hard", "conf": "read2", "enforce": "gate",
        },
        "id.r1": {"when": "before_due_date", "sev": "hard", "conf": "read2", "enforce": "plan"},
        "id.r2": {"when": "default", "sev": "hard", "conf": "read2", "enforce": "plan"},
        "id.r3": {"when": "agency_engaged", "sev": "hard", "conf": "read2", "enforce": "report"},
        "id.f1": {"sev": "hard", "conf": "read2", "enforce": "report"},
    },
    "ph.sec18": {
        "ph.w1": {
            "channels": ["any"], "days": "all", "allow": ["06:00", "22:00"],
            "unless": ["dpd_gt_15", "express_consent"], "sev": "hard", "conf": "read2", "enforce": "gate",
        },
        # Reading two (one summary): immediate family is excepted too.
        "ph.k1": {
            "who": "contact_list", "rule": "forbid", "except": ["guarantor", "co_maker"],
            "sev": "hard", "conf": "read2", "enforce": "gate",
        },
        "ph.r1": {
            "when": "third_party_disclosure_of_disputed_debt",
            "sev": "hard", "conf": "read2", "enforce": "report",
        },
        "ph.f1": {"sev": "hard", "conf": "read2", "enforce": "report"},
    },
    "hk.cobp": {
        "hk.w1": {
            "channels": ["voice"], "days": "all", "allow": ["09:00", "21:00"],
            "sev": "should", "conf": "policy", "enforce": "gate", "default": False,
        },
        "hk.p1": {
            "trigger": "bankruptcy_filed", "channels": ["any"], "until": "forever",
            "sev": "hard", "conf": "read2", "enforce": "state",
        },
        "hk.k1": {
            "who": ["referee", "family", "friend"], "rule": "forbid", "except": ["guarantor"],
            "sev": "hard", "conf": "read", "enforce": "gate",
        },
        "hk.f1": {"sev": "hard", "conf": "read", "enforce": "report"},
    },
    "sg.dca": {
        "sg.r1": {"when": "collector_assigned", "sev": "hard", "conf": "read", "enforce": "report"},
        "sg.f1": {"sev": "hard", "conf": "memory", "enforce": "report"},
    },
}
