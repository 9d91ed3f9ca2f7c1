"""A proxy that makes the way to a server longer: each piece from the client arrives some time later."""
import contextlib
import queue
import socket
import threading
import time


class DelayProxy:
    """Listens on a port of the loopback interface for as long as the process lives."""

    def __init__(self, target, seconds):
        self.target, self.seconds = target, seconds
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self.listen, daemon=True).start()

    def listen(self):
        while True:
            client, _ = self.listener.accept()
            server = socket.create_connection(("127.0.0.1", self.target))
            for end in (client, server):
                end.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            late = queue.SimpleQueue()
            for work in ((self.receive, client, late), (self.deliver, late, server),
                         (self.answer, server, client)):
                threading.Thread(target=work[0], args=work[1:], daemon=True).start()

    def receive(self, client, late):
        """Notes when each piece has come; the end of the connection travels as an empty one."""
        piece = b"x"
        while piece:
            with contextlib.suppress(OSError):
                piece = client.recv(1 << 16)
            late.put((time.monotonic() + self.seconds, piece))

    def deliver(self, late, server):
        while True:
            due, piece = late.get()
            time.sleep(max(0, due - time.monotonic()))
            with contextlib.suppress(OSError):
                if not piece:
                    return server.shutdown(socket.SHUT_WR)
                server.sendall(piece)

    def answer(self, server, client):
        with contextlib.suppress(OSError), client, server:
            while piece := server.recv(1 << 16):
                client.sendall(piece)
