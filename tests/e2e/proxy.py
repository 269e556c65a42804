"""A registry that misbehaves: it stands between gateway and registry, ends TLS on both sides, and does to each
request what the test tells it."""
import http.client
import http.server
import socket
import ssl
import threading


class BadRegistry:
    """`script` is a list of faults used up one a request; behind it, requests are passed on unharmed.

    Faults: "500" answers without passing on; "500-after" passes on, then answers 500; "close" passes on, then
    closes in the middle of the answer; "garbage" passes on, then answers 200 with nonsense; "slow" passes on and
    dribbles the answer; "refuse" closes at once; "busy" answers 503 with Retry-After."""

    def __init__(self, stack, port, script):
        self.stack, self.script, self.log = stack, list(script), []
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                outer.handle(self, body)

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", port), Handler)
        self.server.daemon_threads = True
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(stack.pki / "servers" / "registry.pem", stack.pki / "servers" / "registry.key")
        context.load_verify_locations(stack.pki / "ca.pem")
        context.verify_mode = ssl.CERT_REQUIRED
        self.server.socket = context.wrap_socket(self.server.socket, server_side=True)
        self.thread = threading.Thread(target=self.server.serve_forever, daemon=True)
        self.thread.start()

    def upstream(self, handler, body):
        context = ssl.create_default_context(cafile=str(self.stack.pki / "ca.pem"))
        context.load_cert_chain(self.stack.pki / "gateways" / "gw-1.pem", self.stack.pki / "gateways" / "gw-1.key")
        connection = http.client.HTTPSConnection("localhost", self.stack.ports["registry"], context=context, timeout=30)
        headers = {k: v for k, v in handler.headers.items() if k.lower() not in ("host", "content-length", "expect")}
        connection.request("POST", handler.path, body, headers)
        answer = connection.getresponse()
        data = answer.read()
        connection.close()
        return answer.status, data

    def handle(self, handler, body):
        fault = self.script.pop(0) if self.script else "pass"
        self.log.append(fault)
        if fault == "refuse":
            self.cut(handler)
            return
        if fault == "500":
            self.reply(handler, 500, b"{}")
            return
        if fault == "busy":
            self.reply(handler, 503, b"{}", {"Retry-After": "1"})
            return
        status, data = self.upstream(handler, body)
        if fault == "500-after":
            self.reply(handler, 500, b"{}")
        elif fault == "garbage":
            self.reply(handler, 200, b"<html>welcome</html>")
        elif fault == "close":
            handler.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 400\r\n\r\n{")
            handler.wfile.flush()
            self.cut(handler)
        elif fault == "slow":
            self.reply(handler, status, data, dribble=True)
        else:
            self.reply(handler, status, data)

    @staticmethod
    def cut(handler):
        handler.close_connection = True
        try:
            handler.connection.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass

    @staticmethod
    def reply(handler, status, data, headers=None, dribble=False):
        handler.send_response(status)
        for name, value in {"Content-Type": "application/json", "Content-Length": str(len(data)),
                            **(headers or {})}.items():
            handler.send_header(name, value)
        handler.end_headers()
        for i in range(0, len(data), 1 if dribble else max(len(data), 1)):
            handler.wfile.write(data[i:i + (1 if dribble else len(data))])
            handler.wfile.flush()

    def stop(self):
        self.server.shutdown()
        self.server.server_close()
