"""X12 as text and as frozen dataclasses: no database, no web, nothing of the clinic.

`read_*` take bytes (or text, or a binary file) and return a tuple with one item per transaction set (271: per patient);
what is wrong with a file stands in the items' `findings`. `write_*` take an `Envelope` and the items, and return bytes.
`X12Error` is raised only for input that is no X12 at all. See `results/` for the dataclasses, `codes/` for wording.
"""

from clinic.x12.envelope import Delimiters, Envelope, Segment, iter_segments
from clinic.x12.errors import Finding, X12Error
from clinic.x12.proof import Balance, BalanceProof, ClaimProof, Prover, prove, prove_claim
from clinic.x12.readers.claim import read_837p
from clinic.x12.readers.remittance import read_835, stream_835
from clinic.x12.results.adjustment import Adjustment
from clinic.x12.results.claim import Claim, ClaimBatch, OtherLinePayment, OtherPayer, ServiceLine
from clinic.x12.results.parties import Address, Contact, Payer, Person, Provider, TradingPartner
from clinic.x12.results.remittance import ClaimPayment, ProviderAdjustment, Remittance, ServicePayment
from clinic.x12.writers.claim import write_837p
from clinic.x12.writers.remittance import write_835
