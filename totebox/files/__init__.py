"""Files in folders where another program may have put links or devices: how they are opened, and how small ones are
replaced.
"""
