"""A cluster by TLS: the way to each of its servers is checked against the authority that the address names."""

from __future__ import annotations

import datetime as dt
import ipaddress
import socket
import ssl
import threading
from contextlib import contextmanager, suppress

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from benchmarks.servers import a_cluster
from ops_hub.errors import ConfigError, StoreError
from ops_hub.store.cluster import client_of
from ops_hub.store.hub import grow, key, open_hub
from ops_hub.store.mail import read_credentials
from ops_hub.store.users import provision


def certified(folder):
    """Write an authority (ca.pem), and a key with a certificate of it (one.key, one.pem) for 127.0.0.1; return the three."""
    now, name = dt.datetime.now(dt.UTC), x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "Invented")])
    root, own = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())

    def signed(public, subject, extension, critical):
        made = x509.CertificateBuilder().subject_name(subject).issuer_name(name).public_key(public)
        made = made.serial_number(x509.random_serial_number()).add_extension(extension, critical=critical)
        made = made.not_valid_before(now - dt.timedelta(hours=1)).not_valid_after(now + dt.timedelta(hours=1))
        return made.sign(root, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)

    host = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])
    secret = own.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    paths = [folder / each for each in ("ca.pem", "one.pem", "one.key")]
    authority = signed(root.public_key(), name, x509.BasicConstraints(ca=True, path_length=None), critical=True)
    texts = (authority, signed(own.public_key(), x509.Name([]), host, critical=True), secret)
    for path, text in zip(paths, texts, strict=True):
        path.write_bytes(text)
    return paths


@contextmanager
def by_tls(behind, authority, certificate, secret):
    """Stand before a server (whose own program in the wheel knows no TLS) and give the port; clients must show a certificate."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH, cafile=str(authority))
    context.load_cert_chain(certificate, secret)
    context.verify_mode = ssl.CERT_REQUIRED
    listening = socket.create_server(("127.0.0.1", 0))

    def passed(one, other):
        with suppress(OSError):
            while data := one.recv(65536):
                other.sendall(data)
        for each in (one, other):
            with suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)

    def met(raw):
        with (
            suppress(OSError),
            context.wrap_socket(raw, server_side=True) as near,
            socket.create_connection(behind) as far,
        ):
            back = threading.Thread(target=passed, args=(far, near), daemon=True)
            back.start()
            passed(near, far)
            back.join()

    def served():
        with suppress(OSError):
            while True:
                threading.Thread(target=met, args=(listening.accept()[0],), daemon=True).start()

    threading.Thread(target=served, daemon=True).start()
    try:
        yield listening.getsockname()[1]
    finally:
        listening.shutdown(socket.SHUT_RDWR)
        listening.close()


def test_every_way_to_a_cluster_is_checked_against_the_authority_that_is_named(tmp_path, monkeypatch):
    files = authority, certificate, secret = certified(tmp_path)
    with a_cluster(1) as made, by_tls(made.servers[0].place, *files) as port:
        made.servers[0].ask("CONFIG", "SET", "cluster-announce-port", port)  # what it tells clients who ask for slots
        address = f"rediss-cluster://127.0.0.1:{port}"
        own = f"ssl_certfile={certificate}&ssl_keyfile={secret}"
        hub = grow(open_hub(tmp_path / "home", f"{address}?ssl_ca_certs={authority}&{own}"), 2)
        assert [hub.of(stream).xadd(stream, {"a": 1}) is not None for stream in hub.streams("audit")] == [True, True]
        assert [server.ping() for server in hub.servers()] == [True]
        with pytest.raises(StoreError, match="(?i)certificate"):
            open_hub(tmp_path / "home", f"{address}?{own}")  # who signed it is not known
        with pytest.raises(StoreError, match="does not answer"):
            open_hub(tmp_path / "home", f"{address}?ssl_ca_certs={authority}")  # we do not say who we are
        desk = read_credentials(provision(hub, "BRB", "ordinary", tmp_path / "desks"))
        assert desk.hub == address  # files of the centre are none of a desk's
        monkeypatch.setenv("SSL_CERT_FILE", str(authority))  # says the same
        again = open_hub(tmp_path / "home", f"{address}?{own}")
        assert again.client.get(key("partitions")) == b"2"
        again.close()
        hub.close()


def test_what_stands_behind_an_address_is_known_or_refused():
    with pytest.raises(ConfigError, match="replica is no option"):
        client_of("redis-cluster://one?replica=1", "0")
    with pytest.raises(ConfigError, match="for TLS only"):
        client_of("redis-cluster://one?ssl_ca_certs=ca.pem", "0")
