"""Keys: each purpose derives its own from the one secret, and contacts are sealed with theirs.

HKDF-SHA256 (RFC 5869) with the purpose as `info`; contacts by AES-256-GCM with a random nonce
and the case's number as associated data, so that a sealed contact cannot be moved to another
case unnoticed. Sealed is with the current contact key; opened with it or any of those before it.
"""

from __future__ import annotations

import hashlib
import hmac
import os
from dataclasses import dataclass
from functools import lru_cache

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from gridgov.errors import GridgovError

CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
CODE_LENGTH = 8
_NONCE = 12


class Unreadable(GridgovError):
    """This contact was sealed with another key; set the secret that it was sealed with."""


@lru_cache(maxsize=32)
def derive(secret: str, purpose: str) -> bytes:
    """Return the 32-byte key of one purpose."""
    return HKDF(SHA256(), 32, salt=b"gridgov", info=purpose.encode()).derive(secret.encode())


@dataclass(frozen=True)
class Keys:
    """All keys of an installation: from its secret, unless a key of their own is given."""

    secret: str
    contact: str = ""
    code: str = ""
    contact_before: tuple[str, ...] = ()
    audit: str = ""
    sealing: str = ""

    def __repr__(self) -> str:
        return "Keys(…)"

    @property
    def contact_key_id(self) -> str:
        """Name the contact key without telling it: what a sealed contact was sealed with."""
        return self.contact_key_ids[0]

    @property
    def contact_key_ids(self) -> tuple[str, ...]:
        """Name all contact keys that can be read with, the current one first."""
        return tuple(hashlib.sha256(key).hexdigest()[:12] for key in self._derived("contact"))

    def _derived(self, purpose: str) -> list[bytes]:
        secrets = (self.contact or self.secret, *self.contact_before)
        return [derive(secret, purpose) for secret in secrets]

    def query_code(self, number: str) -> str:
        """Return the reporter's code of a case: 40 bits of HMAC-SHA256, in Crockford's base 32."""
        digest = hmac.digest(
            derive(self.code or self.secret, "query-code"), number.encode(), "sha256"
        )
        bits = int.from_bytes(digest[:5], "big")
        return "".join(CROCKFORD[bits >> shift & 31] for shift in range(35, -1, -5))

    def opens(self, number: str, code: str) -> bool:
        """Tell in constant time whether `code` is the case's; I, L and O are read as 1, 1 and 0."""
        read = code.strip().upper().replace("-", "").translate(str.maketrans("ILO", "110"))
        return hmac.compare_digest(self.query_code(number).encode(), read.encode())

    def seal(self, text: str, number: str) -> bytes:
        """Encrypt and authenticate a text for one case."""
        nonce = os.urandom(_NONCE)
        current = AESGCM(self._derived("contact")[0])
        return nonce + current.encrypt(nonce, text.encode(), number.encode())

    def unseal(self, sealed: bytes, number: str) -> str:
        """Decrypt what `seal` made for the same case; raises Unreadable."""
        return self.unsealed(sealed, number)[0]

    def unsealed(self, sealed: bytes, number: str) -> tuple[str, bool]:
        """Decrypt, and tell whether the current key sealed it; raises Unreadable."""
        for place, key in enumerate(self._derived("contact")):
            try:
                plain = AESGCM(key).decrypt(sealed[:_NONCE], sealed[_NONCE:], number.encode())
            except InvalidTag:
                continue
            return plain.decode(), place == 0
        raise Unreadable

    def find_by(self, text: str) -> list[bytes]:
        """Return the keyed hashes that find a telephone number or address, the current first.

        Each contact key has one of its own: without it, no list of numbers can be tried out.
        """
        return [
            hmac.digest(key, text.encode(), "sha256") for key in self._derived("contact-lookup")
        ]

    @property
    def audit_key(self) -> bytes:
        """Return the key of the audit trail's chains."""
        return derive(self.audit or self.secret, "audit")

    @property
    def audit_key_id(self) -> str:
        """Name the audit key without telling it."""
        return _named(self.audit_key)

    @property
    def seal_key(self) -> bytes:
        """Return the seed of the Ed25519 key that signs seals."""
        return derive(self.sealing or self.audit or self.secret, "seal")

    def body_digest(self, body: bytes) -> bytes:
        """Return a keyed digest of a request's body, to recognise the same request again."""
        return hmac.digest(derive(self.secret, "idempotency"), body, "sha256")


@lru_cache(maxsize=8)
def _named(key: bytes) -> str:
    return hashlib.sha256(key).hexdigest()[:12]


def token_hash(token: str) -> str:
    """Return what is stored of a bearer token; it has 256 random bits, so one hash suffices."""
    return hashlib.sha256(token.encode()).hexdigest()
