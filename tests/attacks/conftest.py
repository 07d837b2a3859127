"""Says at the end of a run how many attacks were tried."""

import attack_count


def pytest_terminal_summary(terminalreporter):
    """One line, in CI as anywhere: an attack that succeeds fails its test."""
    if attack_count.ATTACKS[0]:
        terminalreporter.write_line(f"Attacks: {attack_count.ATTACKS[0]} refused")
