"""Second reading: United Kingdom and European Union (sections 4 and 5 of the source)."""

from __future__ import annotations

PACKS: dict[str, dict[str, dict[str, object]]] = {
    "uk.conc": {
        # "Not at unreasonable times" is the rule; the hours are a house default, off.
        "uk.w1": {
            "channels": ["any"], "days": "all", "allow": ["08:00", "21:00"],
            "sev": "should", "conf": "policy", "enforce": "gate", "default": False,
        },
        "uk.w2": {
            "channels": ["any"], "days": "debtor_blocked", "allow": [],
            "sev": "hard", "conf": "read", "enforce": "gate",
        },
        "uk.d1": {
            "after": "abandoned_call", "channels": ["voice"], "hours": 72, "day_one": "event_time",
            "scope": ["phone"], "sev": "should", "conf": "read2", "enforce": "gate",
        },
        # The row is "read"; the 60 days alone come from a page that states the rule ("read2").
        "uk.p1": {
            "trigger": "breathing_space", "channels": ["any"], "days": 60,
            "allow": [
                "debtor_initiated", "query_or_complaint_reply", "required_by_cca_or_fca_rules",
                "unrelated_debt", "debt_adviser",
            ],
            "sev": "hard", "conf": "read", "enforce": "state",
        },
        "uk.p2": {
            "trigger": "mental_health_crisis_moratorium", "channels": ["any"],
            "until": "treatment end + 30d", "sev": "hard", "conf": "read2", "enforce": "state",
        },
        # "A reasonable period" is the rule; 30 days is from memory.
        "uk.p3": {
            "trigger": "debt_adviser_building_plan", "channels": ["any"], "days": 30,
            "sev": "hard", "conf": "memory", "enforce": "state",
        },
        "uk.p4": {
            "trigger": "dispute_on_valid_grounds", "channels": ["any"], "until": "investigated",
            "sev": "hard", "conf": "read", "enforce": "state",
        },
        "uk.k1": {
            "who": "third_party", "rule": "forbid", "sev": "hard", "conf": "read", "enforce": "gate",
        },
        "uk.v1": {"sev": "hard", "conf": "read", "enforce": "gate"},
        "uk.r1": {"when": "arrears", "sev": "hard", "conf": "read2", "enforce": "plan"},
        "uk.r2": {
            "when": "default", "deadline": "14d before enforcement",
            "sev": "hard", "conf": "memory", "enforce": "plan",
        },
        "uk.f1": {"sev": "hard", "conf": "read", "enforce": "report"},
        "uk.h1": {"sev": "hard", "conf": "read", "enforce": "plan"},
    },
    "eu.base": {
        "eu.r1": {
            "when": "before_first_collection_after_transfer",
            "sev": "hard", "conf": "memory", "enforce": "plan",
        },
        "eu.r2": {"when": "ai_call_start", "sev": "hard", "conf": "memory", "enforce": "report"},
        "eu.f1": {"sev": "hard", "conf": "memory", "enforce": "report"},
        "eu.h1": {"sev": "hard", "conf": "memory", "enforce": "plan"},
    },
    "it.unirec": {
        "it.w1": {
            "channels": ["voice", "visit"], "days": "mon-fri", "allow": ["08:30", "21:00"],
            "sev": "hard", "conf": "read2", "enforce": "gate",
        },
        "it.w2": {
            "channels": ["voice", "visit"], "days": "sat", "allow": ["08:30", "15:00"],
            "sev": "hard", "conf": "read2", "enforce": "gate",
        },
        "it.w3": {
            "channels": ["voice", "visit"], "days": "sun+hol", "allow": [],
            "sev": "hard", "conf": "read2", "enforce": "gate",
        },
        "it.c1": {
            "channels": ["call", "ai_call"], "max": 1, "per": "day", "scope": ["person"],
            "counts": "conversation", "pool_channels": True, "pool_actors": False,
            "unless": ["debtor_agreed"], "sev": "hard", "conf": "read2", "enforce": "gate",
        },
        # Three talks a week. Reading one (taken): the calendar week. Reading two: any seven days.
        "it.c2": {
            "channels": ["call", "ai_call"], "max": 3, "per": "week", "scope": ["person"],
            "counts": "conversation", "pool_channels": True, "pool_actors": False,
            "sev": "hard", "conf": "read2", "enforce": "gate",
        },
        "it.p1": {
            "trigger": ["declared_inability", "open_dispute"], "channels": ["any"], "until": "reviewed",
            "sev": "should", "conf": "read2", "enforce": "state",
        },
        "it.k1": {
            "who": "workplace", "rule": "allow_if", "if": ["debtor_gave_number"],
            "sev": "hard", "conf": "read2", "enforce": "gate",
        },
        "it.v1": {"sev": "should", "conf": "read2", "enforce": "gate"},
        "it.r1": {"when": "first_reminder", "sev": "should", "conf": "read2", "enforce": "gate"},
    },
    "ie.base": {
        "ie.w1": {
            "channels": ["voice", "visit"], "days": "mon-sat", "allow": ["09:00", "21:00"],
            "unless": ["debtor_agreed"], "sev": "hard", "conf": "read", "enforce": "gate",
        },
        "ie.w2": {
            "channels": ["voice", "visit"], "days": "sun+hol", "allow": [],
            "unless": ["debtor_agreed"], "sev": "hard", "conf": "read", "enforce": "gate",
        },
        # The sources disagree. Reading one (taken): communications that succeeded. Reading two (a
        # solicitor's page): failed attempts count as well.
        "ie.c1": {
            "channels": ["any"], "max": 3, "per": "month", "scope": ["account"], "counts": "delivered",
            "pool_channels": True, "pool_actors": True,
            "exclude": ["debtor_requested", "required_by_law", "inbound"],
            "sev": "hard", "conf": "read2", "enforce": "gate",
        },
        "ie.k1": {
            "who": ["employer", "family"], "rule": "forbid",
            "except": ["written_separate_consent", "party_to_agreement"],
            "sev": "hard", "conf": "read", "enforce": "gate",
        },
        "ie.v1": {"sev": "hard", "conf": "read2", "enforce": "gate"},
    },
    "de.base": {
        "de.w1": {
            "channels": ["voice"], "days": "mon-sat", "allow": ["08:00", "20:00"],
            "sev": "should", "conf": "policy", "enforce": "gate", "default": False,
        },
        "de.r1": {"when": "first_demand", "sev": "hard", "conf": "read", "enforce": "plan"},
    },
    "es.base": {
        "es.f1": {"sev": "should", "conf": "read2", "enforce": "report"},
    },
}
