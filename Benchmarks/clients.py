"""Many connections at once that do little: what they cost the server, and its other clients."""

import http.client
import select
import socket
import time


def memory_with_connections(server, count, name):
    """The most memory, while so many connections have each got an answer, half of them not taken."""
    sockets = [socket.create_connection(("127.0.0.1", server.port)) for _ in range(count)]
    request = f"GET /{name} HTTP/1.1\r\nHost: bench\r\n\r\n".encode()
    for number, connection in enumerate(sockets):
        connection.sendall(request)
        if number % 2:
            connection.recv(1 << 20)
    time.sleep(2)
    most = server.memory("VmHWM")
    for connection in sockets:
        connection.close()
    return most


def latencies_among_slow(server, count, name):
    """The longest time that another client's request takes while so many send a byte of a head each second;
    and after how long they are all gone, in seconds."""
    started = time.monotonic()
    slow = [socket.create_connection(("127.0.0.1", server.port)) for _ in range(count)]
    longest, asked = 0, 0
    while slow and time.monotonic() - started < 60:
        for connection in slow:
            try:
                connection.send(b"G" if asked == 0 else b"E")
            except OSError:
                pass
        if asked < 50:
            for _ in range(2):
                longest = max(longest, latency(server, name))
                asked += 1
        if time.monotonic() - started > 25:
            closed = answered(slow)
            slow = [connection for connection in slow if connection.fileno() not in closed]
        time.sleep(1)
    return longest, time.monotonic() - started


def answered(connections):
    """Descriptors of those that the server has answered or closed."""
    poller = select.poll()
    for connection in connections:
        poller.register(connection.fileno(), select.POLLIN | select.POLLHUP)
    return {descriptor for descriptor, _ in poller.poll(0)}


def latency(server, name):
    began = time.perf_counter()
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=30)
    connection.request("GET", f"/{name}")
    connection.getresponse().read()
    connection.close()
    return time.perf_counter() - began
