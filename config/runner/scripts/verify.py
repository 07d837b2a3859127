# Fed to Odoo's shell: verifies the history of the approvals, names each row that was
# tampered with, and ends with code 1 when there is one. Odoo's own command does as
# well:  odoo shell -c odoo.conf -d DATABASE --no-http < verify.py
# INTERCOMMUNAL_VERIFY: "quick" leaves the files of the photos out.
# INTERCOMMUNAL_WITNESS: the hash of a day, as it was sent.
import collections
import os
import sys
import time

NAMES = {
    "runs": "validations",
    "decisions": "décisions",
    "contents": "contenus",
    "days": "journées scellées",
    "photos": "fichiers de photos",
    "billing": "lignes de facturation",
    "contests": "échanges sur des contestations",
}
env = env(context={**env.context, "lang": "fr_FR"})
proof = env["intercommunal.proof"]
names = list(proof._get_verifications())
if os.environ.get("INTERCOMMUNAL_VERIFY") == "quick":
    names.remove("photos")
start = time.monotonic()
counts, faults = collections.Counter(decisions=0), 0
for fault in proof._verify(counts, names):
    faults += 1
    print(f"✗ {fault.model} {fault.record_id} : {fault.text}", flush=True)
if witness := os.environ.get("INTERCOMMUNAL_WITNESS"):
    day, sentence = env["intercommunal.proof.day"]._verify_witness(witness)
    faults += not day
    print("✓" if day else "✗", sentence)
read = ", ".join(f"{counts[name]} {NAMES.get(name, name)}" for name in counts)
print(f"{read} : {time.monotonic() - start:.1f} s")
print(f"✗ {faults} anomalie(s)." if faults else "✓ Aucune anomalie.")
env.cr.rollback()
sys.stdout.flush()
sys.exit(1 if faults else 0)
