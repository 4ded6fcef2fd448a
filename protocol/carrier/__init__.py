"""The only I/O of the protocol: transports, dialing, listening, and the line between two sockets."""
