"""What the bot costs beside what its libraries cost alone. `python -m benchmarks` prints the table."""
