"""Second reading: Mexico, Brazil, Kenya, Nigeria (sections 9 and 10 of the source)."""

from __future__ import annotations

PACKS: dict[str, dict[str, dict[str, object]]] = {
    "mx.condusef": {
        "mx.w1": {
            "channels": ["any"], "days": "all", "allow": ["07:00", "22:00"],
            "sev": "hard", "conf": "read2", "enforce": "gate",
        },
        # Disputed: weekdays only in the press, all days in the summary of the text. Off by default.
        "mx.w2": {
            "channels": ["voice", "visit"], "days": "sat+sun+hol", "allow": [],
            "sev": "should", "conf": "read2", "enforce": "gate", "default": False,
        },
        "mx.k1": {
            "who": ["reference", "beneficiary", "family", "colleague"], "rule": "forbid",
            "except": ["joint_debtor", "guarantor"], "sev": "hard", "conf": "read2", "enforce": "gate",
        },
        "mx.k2": {
            "who": ["minor", "elderly_non_debtor"], "rule": "forbid", "except": ["elderly_is_debtor"],
            "sev": "hard", "conf": "read2", "enforce": "gate",
        },
        "mx.r1": {"when": "first_contact", "sev": "hard", "conf": "read2", "enforce": "report"},
        "mx.r2": {"when": "agreement", "sev": "hard", "conf": "read2", "enforce": "plan"},
        "mx.f1": {"sev": "hard", "conf": "read2", "enforce": "report"},
    },
    "br.base": {
        # The note says that Alagoas has the same law. Reading one (taken): the row names SP. Reading two:
        # SP and AL.
        "br.sp.w1": {
            "region": "SP", "channels": ["voice"], "days": "mon-fri", "allow": ["08:00", "20:00"],
            "sev": "hard", "conf": "read2", "enforce": "gate",
        },
        "br.sp.w2": {
            "region": "SP", "channels": ["voice"], "days": "sat", "allow": ["08:00", "14:00"],
            "sev": "hard", "conf": "read2", "enforce": "gate",
        },
        "br.rj.w1": {
            "region": "RJ", "channels": ["voice"], "days": "mon-fri", "allow": ["09:00", "19:00"],
            "sev": "hard", "conf": "read2", "enforce": "gate",
        },
        "br.es.w1": {
            "region": "ES", "channels": ["voice"], "days": "mon-fri", "allow": ["08:00", "19:00"],
            "sev": "hard", "conf": "read2", "enforce": "gate",
        },
        "br.w8": {
            "region": ["RJ", "ES"], "channels": ["voice"], "days": "sat", "allow": [],
            "sev": "hard", "conf": "read2", "enforce": "gate",
        },
        "br.w9": {
            "region": ["SP", "RJ", "ES", "AM", "AL"], "channels": ["voice"], "days": "sun+hol", "allow": [],
            "sev": "hard", "conf": "read2", "enforce": "gate",
        },
        # Market practice. Reading one (taken): the row, Monday to Saturday to 20. Reading two: its note,
        # Saturday only to 14.
        "br.w0": {
            "channels": ["voice"], "days": "mon-sat", "allow": ["08:00", "20:00"],
            "sev": "should", "conf": "read2", "enforce": "gate",
        },
        "br.r1": {"when": "voice", "sev": "hard", "conf": "read2", "enforce": "report"},
        "br.f1": {"sev": "hard", "conf": "read2", "enforce": "report"},
        "br.h1": {"sev": "hard", "conf": "memory", "enforce": "plan"},
    },
    "ke.dcp": {
        "ke.k1": {
            "who": "contact_list", "rule": "forbid", "sev": "hard", "conf": "read2", "enforce": "gate",
        },
        "ke.r1": {
            "when": "before_negative_listing", "deadline": "30d",
            "sev": "hard", "conf": "memory", "enforce": "plan",
        },
        "ke.f1": {"sev": "hard", "conf": "read2", "enforce": "report"},
    },
    "ng.fccpc": {
        "ng.f1": {"sev": "hard", "conf": "read2", "enforce": "report"},
    },
}
