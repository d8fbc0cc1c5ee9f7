"""What makes code, tables and oracles of this repository; none of it is in the wheel."""
