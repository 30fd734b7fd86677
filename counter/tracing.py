"""What trace tells: the chain of steps behind a decision, at a terminal or as a 倒查报告."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

from archive.reading.trace import Chain, signed, trace, trace_form
from archive.register.register import Register
from counter.output import Output
from counter.printing import save_form
from jishi.errors import ArchiveDamaged
from jishi.procedure import every_step
from jishi.settings import Settings


def print_trace(settings: Settings, register: Register, asked: str, outs: tuple[Path, ...], output: Output) -> None:
    """Print the chain behind a decision, and save it as Word or PDF where asked.

    Raises:
        ArchiveDamaged: a volume the chain cites is not what was filed; the chain was told all the same.
    """
    chain = trace(settings, register, asked)
    for out in outs:
        save_form(settings, trace_form(chain, dt.date.today().isoformat()), out)
        output.say(f"倒查报告 → {out}")
    if output.as_json:
        output.value(chain)
    else:
        _print(chain, output)
        output.findings(chain.faults)
    if chain.faults:
        raise ArchiveDamaged("所引案卷与归档时登记的不符，不能作为依据；请停止使用并报告档案管理员", told=True)


def _print(chain: Chain, output: Output) -> None:
    steps = every_step()
    whose = (
        f"{chain.name}（{chain.person_no}）{chain.change_kind}　{chain.target_post}"
        if chain.name
        else chain.batch_title
    )
    output.table(
        chain.links,
        (
            ("步骤", lambda link: f"{link.step} {steps[link.step].name}"),
            ("日期", lambda link: link.date),
            ("责任人", lambda link: "\n".join((*(signed(one, str) for one in link.signers), *link.proofs))),
            ("记录编号", lambda link: link.record + (f"\n已由{link.superseded_by}更正" if link.superseded_by else "")),
            ("档号与页", lambda link: "\n".join(link.numbers) or "未归档"),
        ),
        f"倒查　{whose}",
    )
