"""Second reading: China (section 2 of the source)."""

from __future__ import annotations

PACKS: dict[str, dict[str, dict[str, object]]] = {
    "cn.base": {
        # The bankers' guideline of 2026: phone, visit and other collection alike, hard wording.
        "cn.w1": {
            "channels": ["any"], "days": "all", "allow": ["08:00", "22:00"], "unless": ["debtor_agreed"],
            "sev": "hard", "conf": "read2", "enforce": "gate",
        },
        # GB/T 45251: same hours, recommended standard, exception by contract. The comparison table says only
        # "unless agreed": reading one (taken) an agreement in the contract; reading two any agreement.
        "cn.w2": {
            "channels": ["any"], "days": "all", "allow": ["08:00", "22:00"], "unless": ["contract_agreed"],
            "sev": "should", "conf": "read2", "enforce": "gate",
        },
        # Interactive voice, bots included. Whether lender and agencies add up is said of c2 only.
        "cn.c1": {
            "channels": ["call", "ai_call"], "max": 3, "per": "day", "scope": ["person"],
            "counts": "conversation", "pool_channels": True, "pool_actors": False,
            "sev": "should", "conf": "read2", "enforce": "gate",
        },
        "cn.c2": {
            "channels": ["notify_call"], "max": 3, "per": "day", "scope": ["person"], "counts": "connected",
            "pool_channels": True, "pool_actors": True, "sev": "should", "conf": "read2", "enforce": "gate",
        },
        "cn.c3": {
            "channels": ["call", "ai_call"], "max": 6, "per": "day", "scope": ["phone"],
            "counts": "unanswered", "pool_channels": True, "pool_actors": False,
            "sev": "should", "conf": "read2", "enforce": "gate",
        },
        # Seven days between collections of one product; the page does not name the channel. Reading one
        # (the source's guess, taken): on-site visits. Reading two: every channel. Off by default.
        # "Product" is read as account.
        "cn.c4": {
            "channels": ["visit"], "max": 1, "per": "rolling", "n_days": 7, "scope": ["account"],
            "counts": "attempt", "pool_channels": False, "pool_actors": True,
            "sev": "should", "conf": "memory", "enforce": "gate", "default": False,
        },
        "cn.p1": {
            "trigger": "instalment_agreement_signed", "channels": ["any"], "until": "agreement_breached",
            "sev": "hard", "conf": "read", "enforce": "state",
        },
        # Art. 69 says only: note it on the account, verify promptly. Reading one (taken): pause until
        # resolved. Reading two: no pause at all.
        "cn.p2": {
            "trigger": "complaint_or_objection_open", "channels": ["any"], "until": "resolved",
            "sev": "should", "conf": "read", "enforce": "state",
        },
        "cn.p3": {
            "trigger": ["death", "no_capacity"], "channels": ["any"], "until": "forever",
            "sev": "should", "conf": "read2", "enforce": "state",
        },
        "cn.k1": {
            "who": "unrelated_third_party", "rule": "forbid",
            "except": ["unreachable_debtor", "death", "no_capacity"],
            "sev": "hard", "conf": "read2", "enforce": "gate",
        },
        "cn.k2": {
            "who": "unrelated_third_party", "rule": "forbid", "except": ["unreachable_debtor"],
            "sev": "hard", "conf": "read2", "enforce": "gate",
        },
        "cn.k3": {
            "who": "guarantor", "rule": "allow", "sev": "hard", "conf": "read", "enforce": "gate",
        },
        # "Several" staff; two is the source's number for it.
        "cn.v1": {"min_staff": 2, "sev": "hard", "conf": "read2", "enforce": "gate"},
        "cn.e1": {"channels": ["voice"], "sev": "hard", "conf": "read2", "enforce": "report"},
        "cn.e2": {"channels": ["any"], "sev": "hard", "conf": "read", "enforce": "report"},
        "cn.e3": {"channels": ["voice"], "sev": "hard", "conf": "read", "enforce": "report"},
        "cn.r1": {"when": "any_contact", "sev": "hard", "conf": "read2", "enforce": "report"},
        "cn.r2": {"when": "letter", "sev": "hard", "conf": "read", "enforce": "report"},
        "cn.r3": {"when": "agency_engaged", "sev": "should", "conf": "read2", "enforce": "report"},
        "cn.r4": {
            "when": "automated_decision_with_major_effect", "sev": "hard", "conf": "read", "enforce": "report",
        },
        "cn.r5": {
            "when": "share_data_with_other_controller", "sev": "hard", "conf": "read", "enforce": "report",
        },
        "cn.f1": {"sev": "hard", "conf": "read2", "enforce": "report"},
        "cn.f2": {"sev": "hard", "conf": "read2", "enforce": "report"},
        "cn.f3": {"sev": "hard", "conf": "read2", "enforce": "report"},
        "cn.f4": {"sev": "hard", "conf": "read2", "enforce": "report"},
        "cn.f5": {"sev": "hard", "conf": "read", "enforce": "report"},
        "cn.h1": {"sev": "hard", "conf": "read", "enforce": "plan"},
        "cn.h2": {"sev": "hard", "conf": "memory", "enforce": "report"},
    },
}
