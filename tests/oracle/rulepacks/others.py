"""Second reading: Russia, Korea, Australia, Vietnam, Japan and the house pack (sections 12 and 15)."""

from __future__ import annotations

PACKS: dict[str, dict[str, dict[str, object]]] = {
    "ru.230fz": {
        "ru.w1": {
            "channels": ["any"], "days": "workday", "allow": ["08:00", "22:00"],
            "sev": "hard", "conf": "read", "enforce": "gate",
        },
        "ru.w2": {
            "channels": ["any"], "days": "weekend+hol", "allow": ["09:00", "20:00"],
            "sev": "hard", "conf": "read", "enforce": "gate",
        },
        # Talks: 1 a day, 2 a week, 8 a month. Reading one (taken, the source's): calendar week and month, and
        # bots in the same pool. Reading two: rolling periods, bots apart.
        "ru.c1": {
            "channels": ["call", "ai_call"], "max": 1, "per": "day", "scope": ["person"],
            "counts": "conversation", "pool_channels": True, "pool_actors": False,
            "sev": "hard", "conf": "read", "enforce": "gate",
        },
        "ru.c2": {
            "channels": ["call", "ai_call"], "max": 2, "per": "week", "scope": ["person"],
            "counts": "conversation", "pool_channels": True, "pool_actors": False,
            "sev": "hard", "conf": "read", "enforce": "gate",
        },
        "ru.c3": {
            "channels": ["call", "ai_call"], "max": 8, "per": "month", "scope": ["person"],
            "counts": "conversation", "pool_channels": True, "pool_actors": False,
            "sev": "hard", "conf": "read", "enforce": "gate",
        },
        # Messages of text and of voice: 2 a day, 4 a week, 16 a month.
        "ru.c4": {
            "channels": ["text", "notify_call"], "max": 2, "per": "day", "scope": ["person"],
            "counts": "attempt", "pool_channels": True, "pool_actors": False,
            "sev": "hard", "conf": "read", "enforce": "gate",
        },
        "ru.c5": {
            "channels": ["text", "notify_call"], "max": 4, "per": "week", "scope": ["person"],
            "counts": "attempt", "pool_channels": True, "pool_actors": False,
            "sev": "hard", "conf": "read", "enforce": "gate",
        },
        "ru.c6": {
            "channels": ["text", "notify_call"], "max": 16, "per": "month", "scope": ["person"],
            "counts": "attempt", "pool_channels": True, "pool_actors": False,
            "sev": "hard", "conf": "read", "enforce": "gate",
        },
        "ru.c7": {
            "channels": ["visit"], "max": 1, "per": "week", "scope": ["person"], "counts": "contact",
            "pool_channels": False, "pool_actors": False, "sev": "hard", "conf": "read", "enforce": "gate",
        },
        "ru.p1": {
            "trigger": ["bankruptcy_filed", "no_capacity", "inpatient", "disabled_group_1", "minor"],
            "channels": ["call", "ai_call", "visit"], "until": "forever",
            "sev": "hard", "conf": "read", "enforce": "state",
        },
        "ru.p2": {
            "trigger": "refusal_of_direct_contact", "channels": ["call", "ai_call", "visit"],
            "until": "forever", "sev": "hard", "conf": "memory", "enforce": "state",
        },
        "ru.k1": {
            "who": "third_party", "rule": "forbid", "except": ["debtor_and_third_party_consent"],
            "sev": "hard", "conf": "read2", "enforce": "gate",
        },
        "ru.e1": {"channels": ["voice"], "sev": "hard", "conf": "read2", "enforce": "report"},
    },
    "kr.pdpa": {
        "kr.w1": {
            "channels": ["any"], "days": "all", "allow": ["08:00", "21:00"],
            "sev": "hard", "conf": "read2", "enforce": "gate",
        },
        "kr.w2": {
            "channels": ["any"], "days": "debtor_blocked", "allow": [],
            "sev": "hard", "conf": "read2", "enforce": "gate",
        },
        "kr.c1": {
            "channels": ["any"], "max": 7, "per": "rolling", "n_days": 7, "scope": ["debt"],
            "counts": "delivered", "pool_channels": True, "pool_actors": True,
            "exclude": ["required_notice", "reply_to_debtor_same_day", "not_reached"],
            "sev": "hard", "conf": "read2", "enforce": "gate",
        },
        # A period agreed within three months: reading one (taken) 90 days; reading two whatever is agreed.
        "kr.p1": {
            "trigger": ["disaster_area", "surgery_or_hospital", "death_in_family", "marriage"],
            "channels": ["any"], "days": 90, "sev": "hard", "conf": "read2", "enforce": "state",
        },
        # Blocks enforcement and sale of the debt, no channel.
        "kr.p2": {
            "trigger": "debt_adjustment_requested", "channels": [], "until": "procedure_over",
            "sev": "hard", "conf": "read2", "enforce": "state",
        },
        "kr.r1": {
            "when": "collection_start", "deadline": "3 business days before",
            "sev": "hard", "conf": "read2", "enforce": "plan",
        },
        "kr.r2": {
            "when": "debt_adjustment_requested", "deadline": "10 business days",
            "sev": "hard", "conf": "read2", "enforce": "plan",
        },
        "kr.h1": {"sev": "hard", "conf": "read2", "enforce": "plan"},
    },
    "au.rg96": {
        "au.w1": {
            "channels": ["voice"], "days": "mon-fri", "allow": ["07:30", "21:00"],
            "sev": "should", "conf": "read", "enforce": "gate",
        },
        "au.w2": {
            "channels": ["voice"], "days": "sat+sun", "allow": ["09:00", "21:00"],
            "sev": "should", "conf": "read", "enforce": "gate",
        },
        "au.w3": {
            "channels": ["visit"], "days": "mon-sun", "allow": ["09:00", "21:00"],
            "sev": "should", "conf": "read", "enforce": "gate",
        },
        "au.w4": {
            "channels": ["voice", "visit"], "days": "hol", "allow": [],
            "sev": "should", "conf": "read", "enforce": "gate",
        },
        # Reading two: the debtor's own working hours, if known.
        "au.w5": {
            "channels": ["voice", "visit"], "place": "work", "days": "mon-fri", "allow": ["09:00", "17:00"],
            "sev": "should", "conf": "read", "enforce": "gate",
        },
        "au.w6": {
            "channels": ["voice", "visit"], "place": "work", "days": "sat+sun", "allow": [],
            "unless": ["known_working_hours"], "sev": "should", "conf": "read", "enforce": "gate",
        },
        "au.c1": {
            "channels": ["voice", "text", "letter"], "max": 3, "per": "week", "scope": ["account"],
            "counts": "contact", "pool_channels": True, "pool_actors": True,
            "sev": "should", "conf": "read", "enforce": "gate",
        },
        "au.c2": {
            "channels": ["voice", "text", "letter"], "max": 10, "per": "month", "scope": ["account"],
            "counts": "contact", "pool_channels": True, "pool_actors": True,
            "sev": "should", "conf": "read", "enforce": "gate",
        },
        "au.c3": {
            "channels": ["visit"], "max": 1, "per": "month", "scope": ["account"], "counts": "contact",
            "pool_channels": False, "pool_actors": True, "sev": "should", "conf": "memory", "enforce": "gate",
        },
        "au.p1": {
            "trigger": "hardship_notice", "channels": ["any"], "days": 21,
            "sev": "hard", "conf": "memory", "enforce": "state",
        },
    },
    "vn.consumer": {
        "vn.w1": {
            "channels": ["any"], "days": "all", "allow": ["07:00", "21:00"],
            "sev": "hard", "conf": "read2", "enforce": "gate",
        },
        "vn.c1": {
            "channels": ["any"], "max": 5, "per": "day", "scope": ["person"], "counts": "attempt",
            "pool_channels": True, "pool_actors": True, "sev": "hard", "conf": "read2", "enforce": "gate",
        },
        "vn.k1": {
            "who": "third_party", "rule": "forbid", "except": ["authority_request"],
            "sev": "hard", "conf": "read2", "enforce": "gate",
        },
    },
    "jp.mlba": {
        "jp.w1": {
            "channels": ["voice", "visit"], "days": "all", "allow": ["08:00", "21:00"],
            "unless": ["debtor_agreed", "no_other_means"], "sev": "hard", "conf": "read2", "enforce": "gate",
        },
        "jp.c1": {
            "channels": ["voice"], "max": 3, "per": "day", "scope": ["person"], "counts": "attempt",
            "pool_channels": True, "pool_actors": True,
            "sev": "should", "conf": "memory", "enforce": "gate", "default": False,
        },
        "jp.p1": {
            "trigger": "debtor_named_payment_or_contact_time", "channels": ["voice", "visit"],
            "until": "named_time", "except": ["promise_broken", "offer_unreasonable"],
            "sev": "hard", "conf": "read2", "enforce": "state",
        },
        "jp.p2": {
            "trigger": "attorney_known", "channels": ["any"], "until": "forever",
            "sev": "hard", "conf": "memory", "enforce": "state",
        },
        "jp.k1": {
            "who": "workplace", "rule": "forbid", "except": ["just_cause"],
            "sev": "hard", "conf": "read2", "enforce": "gate",
        },
        "jp.k2": {
            "who": "third_party", "rule": "forbid", "sev": "hard", "conf": "read2", "enforce": "gate",
        },
        "jp.v1": {"sev": "hard", "conf": "read2", "enforce": "report"},
    },
    # House defaults, none of it law.
    "company.default": {
        "co.w1": {
            "channels": ["voice", "text"], "days": "mon-sat", "allow": ["09:00", "20:00"],
            "sev": "should", "conf": "policy", "enforce": "gate",
        },
        "co.w2": {
            "channels": ["voice", "visit"], "days": "sun+hol", "allow": [], "unless": ["debtor_agreed"],
            "sev": "should", "conf": "policy", "enforce": "gate",
        },
        "co.w3": {
            "channels": ["visit"], "days": "mon-sat", "allow": ["09:00", "19:00"],
            "sev": "should", "conf": "policy", "enforce": "gate",
        },
        "co.c1": {
            "channels": ["voice"], "max": 3, "per": "day", "scope": ["person"], "counts": "attempt",
            "pool_channels": True, "pool_actors": True, "sev": "should", "conf": "policy", "enforce": "gate",
        },
        "co.c2": {
            "channels": ["voice"], "max": 7, "per": "rolling", "n_days": 7, "scope": ["person"],
            "counts": "attempt", "pool_channels": True, "pool_actors": True,
            "sev": "should", "conf": "policy", "enforce": "gate",
        },
        "co.c3": {
            "channels": ["text"], "max": 1, "per": "day", "scope": ["person"], "counts": "attempt",
            "pool_channels": True, "pool_actors": True, "sev": "should", "conf": "policy", "enforce": "gate",
        },
        "co.c4": {
            "channels": ["text"], "max": 3, "per": "rolling", "n_days": 7, "scope": ["person"],
            "counts": "attempt", "pool_channels": True, "pool_actors": True,
            "sev": "should", "conf": "policy", "enforce": "gate",
        },
        "co.c5": {
            "channels": ["visit"], "max": 1, "per": "rolling", "n_days": 30, "scope": ["household"],
            "counts": "attempt", "pool_channels": False, "pool_actors": True,
            "sev": "should", "conf": "policy", "enforce": "gate",
        },
        "co.d1": {
            "after": "conversation", "channels": ["voice", "visit"], "days": 3, "day_one": "event_date",
            "scope": ["person"], "includes_inbound": True,
            "sev": "should", "conf": "policy", "enforce": "gate",
        },
        "co.p1": {
            "trigger": "promise_to_pay", "channels": ["voice", "visit"], "until": "promised_date_plus_1d",
            "allow": ["reminder_agreed"], "sev": "should", "conf": "policy", "enforce": "state",
        },
        "co.p2": {
            "trigger": "hardship_notice", "channels": ["any"], "days": 30,
            "allow": ["debtor_initiated", "relief_offer", "required_notice"],
            "sev": "should", "conf": "policy", "enforce": "state",
        },
        "co.p3": {
            "trigger": "dispute_opened", "channels": ["any"], "until": "resolved",
            "allow": ["debtor_initiated", "required_notice"],
            "sev": "should", "conf": "policy", "enforce": "state",
        },
        "co.k1": {
            "who": "third_party", "rule": "forbid", "except": ["guarantor", "location_only"],
            "sev": "should", "conf": "policy", "enforce": "gate",
        },
        "co.v1": {"min_staff": 2, "sev": "should", "conf": "policy", "enforce": "gate"},
        "co.h1": {"deadline": "5d after signal", "sev": "should", "conf": "policy", "enforce": "plan"},
    },
}
