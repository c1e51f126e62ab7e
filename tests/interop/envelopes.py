"""Checks a library's signed statements with the field's own readers: securesystemslib and in-toto-attestation.

securesystemslib (python-tuf and in-toto stand on it) verifies DSSE envelopes, in-toto-attestation validates statements.
From the library this takes what any stranger could: the root of trust, index.json, the blobs. Each check is
also made on something that was tampered with, which must fail.

Approvals are one envelope per approver over the same payload bytes, so "two of three" means: put their signatures
together and verify with a threshold.

    usage: envelopes.py SPECIMEN    (a folder that host/library/examples/specimen.rs made)
"""

import base64
import hashlib
import json
import subprocess
import sys
import tempfile
from importlib.metadata import version
from pathlib import Path

from google.protobuf import json_format
from in_toto_attestation.v1 import statement_pb2
from in_toto_attestation.v1.statement import Statement
from securesystemslib.dsse import Envelope
from securesystemslib.exceptions import VerificationError
from securesystemslib.signer import SSlibKey

SSLIB = f"securesystemslib {version('securesystemslib')}"
INTOTO = f"in-toto-attestation {version('in-toto-attestation')}"
IN_TOTO = "application/vnd.in-toto+json"
ROOT = "application/vnd.assay.root+json"
ENVELOPE = "application/vnd.dsse.envelope.v1+json"


def ok(tool, what):
    print(f"ok    {tool}: {what}", flush=True)


def fail(tool, what):
    print(f"FAIL  {tool}: {what}", flush=True)
    sys.exit(1)


def expect(tool, condition, what):
    if not condition:
        fail(tool, what)


def refused(tool, what, act, *errors):
    """`act` must raise one of `errors`."""
    try:
        act()
    except errors:
        return
    fail(tool, f"accepted, and should not have been: {what}")


def key(public):
    """A key as the library's root of trust names it: by the SHA-256 of its 32 bytes."""
    return SSlibKey(hashlib.sha256(public).hexdigest(), "ed25519", "ed25519", {"public": public.hex()})


def key_of_line(line):
    """The key in the line that `assay keys` prints: <name>+<hash>+<base64 of a type byte and the key>."""
    typed = base64.b64decode(line.split("+", 2)[2])
    expect(SSLIB, typed[0] == 1 and len(typed) == 33, f"no Ed25519 key: {line}")
    return key(typed[1:])


def posing_as(posed, by):
    """The key `by` under the name of another: so that it is the signature that fails, not the name."""
    return SSlibKey(posed.keyid, by.keytype, by.scheme, by.keyval)


def flipped(text_bytes, at):
    return text_bytes[:at] + bytes([text_bytes[at] ^ 1]) + text_bytes[at + 1 :]


class Library:
    def __init__(self, folder):
        self.folder = folder
        self.index = json.loads((folder / "index.json").read_bytes())

    def blob(self, digest):
        algorithm, name = digest.split(":")
        data = (self.folder / "blobs" / algorithm / name).read_bytes()
        expect(SSLIB, hashlib.sha256(data).hexdigest() == name, f"blob {digest} has other bytes")
        return data

    def envelopes(self):
        """Pairs of a payload's digest and an envelope: whatever among the blobs looks like one."""
        for path in sorted((self.folder / "blobs/sha256").iterdir()):
            data = path.read_bytes()
            if data.startswith(b'{"payload":"'):
                stored = json.loads(self.blob(f"sha256:{path.name}"))
                payload = base64.b64decode(stored["payload"])
                yield f"sha256:{hashlib.sha256(payload).hexdigest()}", stored

    def referrers(self):
        """Triples of subject, payload and envelope, by way of index.json and the artifact manifests that it lists."""
        for entry in self.index["manifests"]:
            if "artifactType" in entry:
                artifact = json.loads(self.blob(entry["digest"]))
                (layer,) = artifact["layers"]
                expect(SSLIB, layer["mediaType"] == ENVELOPE, "a referrer's layer is no envelope")
                payload = artifact["annotations"]["dev.assay.payload"]
                yield artifact["subject"]["digest"], payload, json.loads(self.blob(layer["digest"]))

    def leaves(self):
        """The log's leaves, out of its entry bundles: each behind its length in two big-endian bytes."""
        bundles = sorted((self.folder / "log/tile/entries").rglob("*"))
        for data in (path.read_bytes() for path in bundles if path.is_file()):
            while data:
                end = 2 + int.from_bytes(data[:2], "big")
                yield json.loads(data[2:end])
                data = data[end:]


def check_root(library, facts):
    """The root of trust, by the root key's line: what a pin does. Returns its document."""
    right = key_of_line(facts["keys"]["root"])
    for number in (1, 2):
        envelope = Envelope.from_dict(json.loads((library.folder / f"trust/root.{number}.json").read_bytes()))
        expect(SSLIB, envelope.payload_type == ROOT, "a root of trust has another type")
        envelope.verify([right], 1)
        for role in ("log", "evidence"):
            wrong = [posing_as(right, key_of_line(facts["keys"][role]))]
            refused(SSLIB, f"root {number}, by the {role} key", lambda: envelope.verify(wrong, 1), VerificationError)
    ok(SSLIB, "both roots of trust are signed by the root key, and by no other")
    return json.loads(envelope.payload)


def check_evidence(library, facts, root):
    """Every envelope, by the keys that the root of trust gives the role. Returns the payloads by digest."""
    keys = [key(base64.b64decode(root["keys"][name]["public"])) for name in root["roles"]["evidence"]["keys"]]
    expect(SSLIB, [k.keyid for k in keys] == root["roles"]["evidence"]["keys"], "a key is not the one its id names")
    strangers = [posing_as(keys[0], key_of_line(facts["keys"][role])) for role in ("log", "root")]
    payloads = {}
    for digest, stored in library.envelopes():
        expect(SSLIB, len(stored["signatures"]) == 1, "an envelope has not one signature")
        envelope = Envelope.from_dict(stored)
        if envelope.signatures.keys() <= {k.keyid for k in keys}:
            envelope.verify(keys, root["roles"]["evidence"]["threshold"])
            expect(SSLIB, envelope.payload == library.blob(digest), "an envelope holds another payload than it says")
            expect(SSLIB, envelope.payload_type == IN_TOTO, "an envelope has another type")
            payloads[digest] = envelope.payload
            refused(SSLIB, "evidence, by other keys", lambda: envelope.verify(strangers, 1), VerificationError)
    named = {digest for leaf in library.leaves() for digest in leaf.get("evidence", [])}
    expect(SSLIB, named and named <= payloads.keys(), "a leaf names a statement that no envelope signs")
    ok(SSLIB, f"all {len(named)} statements that leaves rest on are signed by the evidence key, and by no other")

    payload_type, payload, signatures = envelope.payload_type, envelope.payload, envelope.signatures
    retyped = [payload_type[:at] + "~" + payload_type[at + 1 :] for at in range(len(payload_type))]
    edits = [Envelope(flipped(payload, at), payload_type, signatures) for at in range(len(payload))]
    edits += [Envelope(payload, other, signatures) for other in retyped]
    for edit in edits:
        refused(SSLIB, "an edited envelope", lambda edit=edit: edit.verify(keys, 1), VerificationError)
    ok(SSLIB, f"refused with any byte of the payload ({len(payload)}) or its type ({len(payload_type)}) edited")
    return payloads


def statement(payload):
    """Strict: fields that in-toto does not know are an error."""
    return Statement.copy_from_pb(json_format.Parse(payload, statement_pb2.Statement()))


def check_statements(library, payloads):
    for payload in payloads.values():
        statement(payload).validate()
    ok(INTOTO, f"{len(payloads)} statements validate")

    count = 0
    for leaf in library.leaves():
        for digest in leaf.get("evidence", []):
            subjects = {s.name: f"sha256:{s.digest['sha256']}" for s in statement(payloads[digest]).pb.subject}
            right = {"component": leaf["component"], "manifest": leaf["manifest"]}
            expect(INTOTO, subjects == right, f"a {leaf['type']} leaf's statement is about something else")
            count += 1
    ok(INTOTO, f"{count} statements are about the manifest and component of the very leaf that rests on them")

    whole = json.loads(payload)
    edits = {
        "another type": {**whole, "_type": "https://in-toto.io/Statement/v0.1"},
        "no subject": {**whole, "subject": []},
        "a subject without digest": {**whole, "subject": [{"name": "manifest"}]},
        "no predicate type": {**whole, "predicateType": ""},
        "no predicate": {**whole, "predicate": {}},
        "an unknown field": {**whole, "time": "now"},
    }
    for what, edit in edits.items():
        text = json.dumps(edit)
        refused(INTOTO, what, lambda text=text: statement(text).validate(), ValueError, json_format.ParseError)
    ok(INTOTO, f"refused: {', '.join(edits)}")


def approver(folder, name):
    """A key pair of OpenSSL's: the key, and what signs with it."""
    pem = folder / f"{name}.pem"
    subprocess.run(["openssl", "genpkey", "-algorithm", "ed25519", "-out", pem], check=True)
    der = subprocess.run(["openssl", "pkey", "-in", pem, "-pubout", "-outform", "DER"], check=True, capture_output=True)
    public = key(der.stdout[-32:])

    def sign(payload, payload_type=IN_TOTO):
        message = folder / "message"
        message.write_bytes(Envelope(payload, payload_type, {}).pae())
        command = ["openssl", "pkeyutl", "-sign", "-rawin", "-inkey", pem, "-in", message]
        signature = subprocess.run(command, check=True, capture_output=True).stdout
        signed = {"keyid": public.keyid, "sig": base64.b64encode(signature).decode()}
        return {"payload": base64.b64encode(payload).decode(), "payloadType": payload_type, "signatures": [signed]}

    return public, sign


def together(envelopes):
    """Envelopes over one payload as one, as far as they have the very same bytes and type."""
    first, *others = [Envelope.from_dict(json.loads(json.dumps(envelope))) for envelope in envelopes]
    for other in others:
        if (other.payload, other.payload_type) == (first.payload, first.payload_type):
            first.signatures.update(other.signatures)
    return first


def check_approvals(library, facts, root):
    """Two of the three people whom the root of trust names approved each promotion; counterfeits are made by OpenSSL."""
    ids = root["roles"]["approver"]["keys"]
    keys = [key(base64.b64decode(root["keys"][name]["public"])) for name in ids]
    lines = {key_of_line(line).keyid for line in facts["approvers"]}
    expect(SSLIB, lines == set(ids) and len(ids) == 3, "the root of trust names other approvers")
    found = {}
    for digest, stored in library.envelopes():
        if stored["signatures"][0]["keyid"] in ids:
            found.setdefault(digest, []).append(stored)
    approved = [leaf for leaf in library.leaves() if leaf["approvals"]]
    for leaf in approved:
        (digest,) = leaf["approvals"]
        expect(SSLIB, len(together(found[digest]).verify(keys, 2)) == 2, "two approvals count otherwise")
        said = statement(library.blob(digest)).pb
        predicate = json_format.MessageToDict(said.predicate)
        right = {"action": leaf["type"], "name": leaf["name"], "channel": leaf["channel"], "evidence": leaf["evidence"]}
        expect(INTOTO, {name: predicate[name] for name in right} == right, "an approval is for something else")
    promoted = [leaf for leaf in library.leaves() if leaf["type"] == "promote"]
    expect(SSLIB, approved == promoted and promoted, "not every promotion is approved")
    ok(SSLIB, f"all {len(promoted)} promotions are approved by 2 of the 3 people in the root of trust")

    payload = library.blob(f"sha256:{facts['approval']}")
    one, two = found[f"sha256:{facts['approval']}"]
    refused(SSLIB, "two approvals for a threshold of 3", lambda: together([one, two]).verify(keys, 3), VerificationError)
    with tempfile.TemporaryDirectory() as folder:
        (_, stranger_signs) = approver(Path(folder), "stranger")
        respaced = json.dumps(json.loads(payload)).encode()
        counterfeits = {
            "one, twice": [one, one],
            "one and a stranger": [one, stranger_signs(payload)],
            "one, and one over other bytes of the same JSON": [one, stranger_signs(respaced)],
            "one, and one for another payload type": [one, stranger_signs(payload, ROOT)],
        }
    for what, given in counterfeits.items():
        refused(SSLIB, what, lambda given=given: together(given).verify(keys, 2), VerificationError)
    ok(SSLIB, f"refused: two for a threshold of 3; for one of 2: {'; '.join(counterfeits)}")


def check_referrers(library, facts):
    """What OCI tools find beside the current version: its evidence and its approvals."""
    subject = f"sha256:{facts['manifest']}"
    found = [payload for about, payload, _ in library.referrers() if about == subject]
    right = [f"sha256:{facts['statement']}"] + 2 * [f"sha256:{facts['approval']}"]
    expect(SSLIB, sorted(found) == sorted(right), f"other referrers: {found}")
    ok(SSLIB, "index.json leads from the version to its evidence and its two approvals, as OCI referrers")


def main():
    if len(sys.argv) != 2:
        sys.exit("usage: envelopes.py SPECIMEN")
    specimen = Path(sys.argv[1])
    facts = json.loads((specimen / "facts.json").read_bytes())
    library = Library(specimen / "library")
    root = check_root(library, facts)
    payloads = check_evidence(library, facts, root)
    check_statements(library, payloads)
    check_approvals(library, facts, root)
    check_referrers(library, facts)


if __name__ == "__main__":
    main()
