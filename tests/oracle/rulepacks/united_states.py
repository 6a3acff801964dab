"""Second reading: United States, federal and local (sections 3.1 and 3.2 of the source)."""

from __future__ import annotations

PACKS: dict[str, dict[str, dict[str, object]]] = {
    "us.fed": {
        "us.w1": {
            "channels": ["any"], "days": "all", "allow": ["08:00", "21:00"],
            "unless": ["debtor_told_other_time"], "sev": "hard", "conf": "read", "enforce": "gate",
        },
        "us.w2": {
            "channels": ["any"], "days": "debtor_blocked", "allow": [],
            "sev": "hard", "conf": "read", "enforce": "gate",
        },
        # Seven calls in seven consecutive days, a person and a debt. Busy and invalid numbers stand both in
        # the list of exclusions and outside the basis "connected"; the source writes both.
        "us.c1": {
            "channels": ["call", "ai_call", "notify_call"], "max": 7, "per": "rolling", "n_days": 7,
            "scope": ["person", "debt"], "counts": "connected", "pool_channels": True, "pool_actors": False,
            "exclude": [
                "direct_prior_consent_7d", "busy_or_invalid_number", "attorney_or_creditor_calls", "inbound",
            ],
            "sev": "presumption", "conf": "read", "enforce": "gate",
        },
        # Location information: once a third party. Reading two: again on request or after a wrong answer.
        "us.c2": {
            "channels": ["any"], "max": 1, "per": "lifetime", "scope": ["third_party", "debt"],
            "counts": "conversation", "pool_channels": True, "pool_actors": False,
            "sev": "hard", "conf": "read", "enforce": "gate",
        },
        "us.d1": {
            "after": "conversation", "channels": ["call", "ai_call", "notify_call"], "days": 7,
            "day_one": "event_date", "scope": ["person", "debt"], "except": ["direct_prior_consent_7d"],
            "includes_inbound": True, "sev": "presumption", "conf": "read", "enforce": "gate",
        },
        "us.d2": {
            "after": "last_text_or_number_check", "channels": ["sms"], "days": 60, "day_one": "event_date",
            "scope": ["phone"], "sev": "should", "conf": "read2", "enforce": "gate",
        },
        "us.p1": {
            "trigger": "cease_request_written", "channels": ["any"], "until": "forever",
            "allow": ["final_notice", "remedy_notice"], "scope": ["debt"],
            "sev": "hard", "conf": "memory", "enforce": "state",
        },
        "us.p2": {
            "trigger": "written_dispute_in_validation_period", "channels": ["any"],
            "until": "verification_sent", "scope": ["debt"],
            "sev": "hard", "conf": "read2", "enforce": "state",
        },
        "us.p3": {
            "trigger": "attorney_known", "channels": ["any"], "until": "attorney_unresponsive_or_consents",
            "sev": "hard", "conf": "memory", "enforce": "state",
        },
        "us.p4": {
            "trigger": "bankruptcy_filed", "channels": ["any"], "until": "stay_lifted",
            "sev": "hard", "conf": "memory", "enforce": "state",
        },
        "us.o1": {
            "channels": ["sms", "email", "im"], "sev": "hard", "conf": "memory", "enforce": "gate",
        },
        "us.o2": {
            "channels": ["call", "sms", "ai_call"], "sev": "hard", "conf": "read2", "enforce": "state",
        },
        "us.o3": {"channels": ["any"], "sev": "hard", "conf": "memory", "enforce": "state"},
        "us.n1": {
            "channels": ["ai_call", "notify_call"], "sev": "hard", "conf": "read2", "enforce": "gate",
        },
        "us.k1": {
            "who": "employer_or_workplace", "rule": "forbid_if",
            "if": ["knows_employer_prohibits", "debtor_asked"],
            "sev": "hard", "conf": "memory", "enforce": "gate",
        },
        "us.k2": {
            "who": "third_party", "rule": "forbid", "except": ["location_information"],
            "sev": "hard", "conf": "read", "enforce": "gate",
        },
        "us.k3": {
            "who": ["spouse", "parent_of_minor", "guardian", "executor"], "rule": "treat_as_debtor",
            "sev": "hard", "conf": "read", "enforce": "gate",
        },
        "us.k4": {
            "who": "public_social_media", "rule": "forbid",
            "sev": "hard", "conf": "memory", "enforce": "gate",
        },
        "us.r1": {
            "when": "first_communication", "deadline": "5d",
            "sev": "hard", "conf": "read2", "enforce": "plan",
        },
        "us.r2": {"when": "every_communication", "sev": "hard", "conf": "memory", "enforce": "report"},
        "us.r3": {"when": "before_credit_reporting", "sev": "hard", "conf": "memory", "enforce": "plan"},
        "us.e1": {"sev": "hard", "conf": "memory", "enforce": "report"},
        "us.f1": {"sev": "hard", "conf": "memory", "enforce": "report"},
    },
    "us.overlays": {
        "us.ma.w1": {
            "region": "MA", "channels": ["voice", "visit"], "days": "all", "allow": ["08:00", "21:00"],
            "sev": "hard", "conf": "read", "enforce": "gate",
        },
        # The row is from memory and carries no default; the section on gaps says the overlays of WA and DC
        # are "from memory and switched off". Reading one (taken): off too. Reading two: on, as only c1 of
        # WA and DC say default false.
        "us.wa.w1": {
            "region": "WA", "channels": ["voice"], "days": "all", "allow": ["07:30", "21:00"],
            "sev": "hard", "conf": "memory", "enforce": "gate", "default": False,
        },
        # An account since the amendment of 2026; older reports say a consumer.
        "us.nyc.c1": {
            "region": "NYC", "channels": ["any"], "max": 3, "per": "rolling", "n_days": 7,
            "scope": ["account"], "counts": "attempt", "pool_channels": True, "pool_actors": False,
            "sev": "hard", "conf": "read2", "enforce": "gate",
        },
        "us.ma.c1": {
            "region": "MA", "channels": ["voice", "sms"], "max": 2, "per": "rolling", "n_days": 7,
            "scope": ["person", "debt"], "counts": "connected", "pool_channels": True, "pool_actors": False,
            "place": "home_or_cell", "exclude": ["truly_unable_to_leave_message"],
            "sev": "hard", "conf": "read", "enforce": "gate",
        },
        "us.ma.c2": {
            "region": "MA", "channels": ["voice", "sms"], "max": 2, "per": "rolling", "n_days": 30,
            "scope": ["person", "debt"], "counts": "connected", "pool_channels": True, "pool_actors": False,
            "place": "elsewhere", "sev": "hard", "conf": "read", "enforce": "gate",
        },
        "us.ma.c3": {
            "region": "MA", "channels": ["visit"], "max": 1, "per": "rolling", "n_days": 30,
            "scope": ["person", "debt"], "counts": "contact", "pool_channels": False, "pool_actors": False,
            "exclude": ["no_person_contacted", "written_consent", "repossession_only"],
            "sev": "hard", "conf": "read", "enforce": "gate",
        },
        "us.ma.c4": {
            "region": "MA", "channels": ["voice"], "max": 2, "per": "rolling", "n_days": 7,
            "scope": ["household", "debt"], "counts": "conversation",
            "pool_channels": True, "pool_actors": False, "sev": "hard", "conf": "read", "enforce": "gate",
        },
        "us.wa.c1": {
            "region": "WA", "channels": ["any"], "max": 3, "per": "week", "scope": ["person", "debt"],
            "counts": "attempt", "pool_channels": True, "pool_actors": False,
            "sev": "presumption", "conf": "memory", "enforce": "gate", "default": False,
        },
        "us.dc.c1": {
            "region": "DC", "channels": ["voice"], "max": 3, "per": "rolling", "n_days": 7,
            "scope": ["account"], "counts": "attempt", "pool_channels": True, "pool_actors": False,
            "sev": "hard", "conf": "memory", "enforce": "gate", "default": False,
        },
        "us.ma.p1": {
            "region": "MA", "trigger": "oral_request_no_work_contact", "channels": ["voice", "visit"],
            "days": 10, "place": "work", "sev": "hard", "conf": "read", "enforce": "state",
        },
        "us.nyc.n1": {
            "region": "NYC", "channels": ["sms", "email", "im"],
            "sev": "hard", "conf": "read2", "enforce": "gate",
        },
        "us.ma.v1": {"region": "MA", "sev": "hard", "conf": "read", "enforce": "gate"},
        "us.nyc.e1": {"region": "NYC", "sev": "hard", "conf": "read2", "enforce": "report"},
    },
}
