"""Imports MARC files of one library: manage.py import_marc FILE… --library CODE."""

import json
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError

from catalog.importing import ImportReport, import_file
from catalog.marc.marcxml import RefusedXml
from catalog.marc.reader import UnreadableFile
from catalog.models import MemberLibrary


class Command(BaseCommand):
    help = "Import MARC records (ISO 2709 or MARCXML, CNMARC or MARC21) of one member library."

    def add_arguments(self, parser):
        parser.add_argument("files", nargs="*", type=Path, metavar="FILE")
        parser.add_argument("--library", metavar="CODE", help="6-digit library code (see --libraries)")
        parser.add_argument("--libraries", action="store_true", help="list the member libraries with their codes")
        parser.add_argument("--syntax", default="auto", choices=["auto", "cnmarc", "marc21"])
        parser.add_argument("--encoding", default="auto", help="auto, utf-8, gb18030, big5 or marc-8")
        parser.add_argument("--replace", action="store_true", help="the file is all the library has: withdraw the rest")
        parser.add_argument("--force", action="store_true", help="with --replace: even if more than 20 %% would go")
        parser.add_argument("--rebuild", action="store_true", help="first load: write the search index at the end")
        parser.add_argument("--report", type=Path, metavar="FILE.json", help="write the report as JSON")

    def handle(
        self, *args, files, library, libraries, syntax, encoding, report, replace=False, force=False, rebuild=False,
        **options,
    ):  # fmt: skip
        if libraries:
            for member in MemberLibrary.objects.active():
                self.stdout.write(f"{member.code}  {member.name}")
            return
        if not files or not library:
            raise CommandError("Name at least one file and --library CODE (codes: manage.py import_marc --libraries).")
        if replace and len(files) > 1:
            raise CommandError("--replace takes one file: what it does not list is withdrawn.")
        member = MemberLibrary.objects.filter(code=library).first()
        if member is None:
            raise CommandError(f"No library has the code {library}; list them: manage.py import_marc --libraries")
        reports = []
        for path in files:
            try:
                result = import_file(
                    path=path, library=member, syntax=syntax, encoding=encoding, by="import_marc", replace=replace,
                    force=force, rebuild=rebuild,
                )  # fmt: skip
            except OSError as error:
                raise CommandError(f"{path}: {error.strerror or error}") from error
            except (UnreadableFile, RefusedXml, ValueError) as error:
                raise CommandError(f"{path}: {error}") from error
            reports.append({"file": str(path), "library": member.code, **result.as_dict()})
            self._summary(path, member, result)
        if report:
            content = reports[0] if len(reports) == 1 else reports
            report.write_text(json.dumps(content, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")

    def _summary(self, path: Path, member: MemberLibrary, result: ImportReport) -> None:
        figures = result.as_dict()
        rate = result.read / result.seconds if result.seconds else 0
        write = self.stdout.write
        write(f"{path.name} → {member.name}: {result.read} records in {result.seconds:.1f} s ({rate:.0f}/s)")
        write(f"  syntax {figures['syntax'] or '-'}, encoding {figures['encoding'] or '-'}")
        write(
            f"  created {result.created} (merged into known editions {result.merged}), updated {result.updated}, "
            f"unchanged {result.unchanged}, deleted {result.deleted}"
        )
        write(f"  copies added {result.copies}, withdrawn {result.withdrawn}")
        if result.kept_out_count:
            write(f"  {result.kept_out_count} copies no longer listed stay, readers have them on our requests:")
            for copy in result.kept_out[:10]:
                write(f"    {copy['barcode']} {copy['call_number']} on request {copy['request']}")
        write(f"  quarantined {result.quarantined_count}, rejected {result.rejected_count}")
        for word, rows in (("quarantined", result.quarantined), ("rejected", result.rejected)):
            for row in rows[:10]:
                write(f"    {word} record {row['position']} at byte {row['offset']}: {row['reason']} {row['title']}")
        for text, count in result.warnings.most_common(5):
            write(f"  {count} × {text}")
