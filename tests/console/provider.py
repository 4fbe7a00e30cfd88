"""A small provider of OpenID Connect on this machine: real HTTP, real signatures. What it says can be made wrong."""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
import threading
import time
from contextlib import contextmanager
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlencode, urlsplit

from joserfc import jwt
from joserfc.jwk import ECKey, RSAKey

CLIENT, SECRET = "ops-hub-tests", "kept elsewhere"


@cache
def _keys():
    return [RSAKey.generate_key(2048, {"kid": "one", "use": "sig"}) for _ in range(2)]


class AProvider:
    """The provider; `claims` are of whoever signs in, `wrong` changes what is said, `key` signs."""

    def __init__(self):
        self.key, self.other = _keys()
        self.claims = {"sub": "s-1", "preferred_username": "wanda"}
        self.wrong = {}
        self.signing = None
        self.header = {"alg": "RS256", "kid": "one"}
        self.issuer = ""
        self.codes = {}

    def description(self):
        return {
            "issuer": self.issuer, "authorization_endpoint": f"{self.issuer}/authorize", "token_endpoint": f"{self.issuer}/token",
            "jwks_uri": f"{self.issuer}/keys", "id_token_signing_alg_values_supported": ["RS256"],
        }  # fmt: skip

    def authorize(self, query):
        asked = {name: values[0] for name, values in query.items()}
        assert asked["response_type"] == "code"
        assert asked["code_challenge_method"] == "S256"
        code = secrets.token_urlsafe(8)
        self.codes[code] = asked
        return asked["redirect_uri"] + "?" + urlencode({"code": code, "state": asked["state"], "iss": self.issuer})

    def token(self, form, authorization):
        expected = base64.b64encode(f"{CLIENT}:{SECRET.replace(' ', '%20')}".encode()).decode()
        plain = base64.b64encode(f"{CLIENT}:{SECRET}".encode()).decode()
        asked = self.codes.pop(form.get("code", [""])[0], None)
        challenge = (
            base64.urlsafe_b64encode(hashlib.sha256(form.get("code_verifier", [""])[0].encode()).digest())
            .rstrip(b"=")
            .decode()
        )
        if (
            asked is None
            or authorization not in (f"Basic {expected}", f"Basic {plain}")
            or challenge != asked["code_challenge"]
        ):
            return 400, {"error": "invalid_grant"}
        now = int(time.time())
        claims = (
            {"iss": self.issuer, "aud": CLIENT, "iat": now, "exp": now + 300, "nonce": asked["nonce"]}
            | self.claims
            | self.wrong
        )
        claims = {name: value for name, value in claims.items() if value is not None}
        signed = jwt.encode(self.header, claims, self.signing or self.key, algorithms=[self.header["alg"]])
        return 200, {"access_token": "a", "token_type": "Bearer", "expires_in": 300, "id_token": signed}


def elliptic(kid):
    return ECKey.generate_key("P-256", {"kid": kid, "use": "sig"})


@contextmanager
def a_provider():
    made = AProvider()

    class Handler(BaseHTTPRequestHandler):
        def log_message(self, *_):
            """Say nothing."""

        def _tell(self, status, said, headers=()):
            body = json.dumps(said).encode()
            self.send_response(status)
            for name, value in (("content-type", "application/json"), ("content-length", str(len(body))), *headers):
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def do_GET(self):
            at = urlsplit(self.path)
            if at.path == "/.well-known/openid-configuration":
                self._tell(200, made.description())
            elif at.path == "/keys":
                self._tell(200, {"keys": [made.key.as_dict(private=False)]})
            else:
                self._tell(302, {}, [("location", made.authorize(parse_qs(at.query)))])

        def do_POST(self):
            form = parse_qs(self.rfile.read(int(self.headers["content-length"])).decode())
            self._tell(*made.token(form, self.headers.get("authorization")))

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    made.issuer = f"http://127.0.0.1:{server.server_port}"
    yield made
    server.shutdown()
    server.server_close()
    thread.join(5)
