"""Who is contacted, by which channel and when: one method, `plan(view) -> Plan`."""
