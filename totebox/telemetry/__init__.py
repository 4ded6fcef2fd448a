"""Telemetry: what a Totebox publishes. Queues are bounded, the newest items are kept, and a Gap states what was
lost.
"""
