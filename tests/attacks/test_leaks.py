"""What belongs to another commune, and what is internal, never shows anywhere."""

import base64
import json
import re
from datetime import timedelta
from xmlrpc.client import Fault

from attack_world import (
    JOB,
    PHOTO,
    REPORT,
    REQUEST,
    RUN,
    SECRET,
    World,
)

from odoo import fields
from odoo.tests import tagged

# Platform models that hold pieces of our files.
PLATFORM = (
    "mail.message",
    "mail.followers",
    "mail.activity",
    "mail.tracking.value",
    "mail.notification",
    "mail.mail",
    "ir.attachment",
    "res.partner",
    "res.users",
)
TEXTS = ("char", "text", "html")
RELATIONS = ("many2one", "one2many", "many2many")
# what a group can say: dates, numbers and choices carry no words
GROUPED = ("char", "text", "html", "many2one", "many2many")
AUTHORS = ("create_uid", "write_uid")


@tagged("post_install", "-at_install")
class TestLeaks(World):
    """Every reading method of the web client over every model, by four persons."""

    def _get_models(self):
        models = [
            name
            for name in self.env.registry
            if name.startswith("intercommunal.")
            and not self.env[name]._abstract
            and not self.env[name]._transient
        ]
        return sorted([*models, *PLATFORM])

    def _readable(self, user):
        """Names of models that ``user`` may read, with the fields they may."""
        for name in self._get_models():
            model = self.env[name].with_user(user)
            if model.has_access("read"):
                yield name, model.fields_get(attributes=["type", "store", "relation"])

    def _check(self, user, label, attack):
        text = self.attempt(attack)
        self.assert_no_canary(text, self.own_of(user), label, user.share)

    def _read_everything(self, user):
        """Each way to read a model, asked for all that is in it."""
        self.log_in(user)
        count = 0
        for name, specs in self._readable(user):
            specs = {
                key: field for key, field in specs.items() if field["type"] != "binary"
            }
            names = list(specs)
            spec = {
                key: {"fields": {"display_name": {}}}
                if field["type"] in RELATIONS
                else {}
                for key, field in specs.items()
            }
            ids = self.env[name].sudo().search([], limit=400).ids
            columns = [
                f"{key}/display_name" if field["type"] in RELATIONS else key
                for key, field in specs.items()
            ]
            calls = {
                "search_read": lambda n=name, f=names: self.rpc(
                    n, "search_read", [], f
                ),
                "web_search_read": lambda n=name, s=spec: self.rpc(
                    n, "web_search_read", [], s
                ),
                "name_search": lambda n=name: self.rpc(n, "name_search", "", limit=500),
                "name_search of a canary": lambda n=name: self.rpc(
                    n, "name_search", "zqx7x", limit=500
                ),
                "read by id": lambda n=name, i=ids, f=names: self.rpc(n, "read", i, f),
                "web_read by id": lambda n=name, i=ids, s=spec: self.rpc(
                    n, "web_read", i, s
                ),
                "export": lambda n=name, i=ids, c=columns: self.rpc(
                    n, "export_data", i, c
                ),
                "first id": lambda n=name, i=ids: self.rpc(
                    n, "read", i[-1:], ["display_name"]
                ),
            }
            for label, call in calls.items():
                with self.subTest(f"{user.login} {name} {label}"):
                    self._check(user, f"{user.login} {name} {label}", call)
                    count += 1
        self.assertGreater(count, 60)

    def test_a_requester_reads_their_commune_only(self):
        self._read_everything(self.mine)

    def test_a_portal_user_of_no_commune_reads_nothing(self):
        self._read_everything(self.outsider)

    def test_commune_staff_with_an_internal_user_read_their_commune_only(self):
        self._read_everything(self.clerk)

    def test_an_internal_user_without_a_role_reads_nothing(self):
        """Contacts of communes are the address book of every internal user."""
        self.log_in(self.nobody)
        for name in self._get_models():
            if name in PLATFORM:
                continue
            text = self.attempt(
                lambda n=name: self.rpc(n, "search_read", [], ["display_name"])
            )
            self.assert_no_canary(text, (), name, False)

    def test_people_of_another_service_or_team_read_nothing_of_ours(self):
        models = [
            name
            for name in self._get_models()
            if name.startswith("intercommunal.") and name != "intercommunal.site"
        ]
        for user in (self.other_manager, self.other_leader, self.other_agent):
            self.log_in(user)
            for name in models:
                ids = self.env[name].sudo().search([], limit=200).ids
                for label, call in {
                    "search_read": lambda n=name: self.rpc(n, "search_read", []),
                    "read": lambda n=name, i=ids: self.rpc(n, "read", i),
                }.items():
                    with self.subTest(f"{user.login} {name} {label}"):
                        self._check(user, f"{user.login} {name} {label}", call)

    # ----------------------------------------------------------------- groups

    def _group_everything(self, user):
        self.log_in(user)
        for name, specs in self._readable(user):
            stored = {key: spec for key, spec in specs.items() if spec["store"]}
            groups = [key for key, spec in stored.items() if spec["type"] in GROUPED]
            aggregates = [
                f"{key}:{kind}"
                for key, spec in stored.items()
                for kind in ("max", "array_agg")
                if spec["type"] in ("char", "float", "monetary")
            ]
            calls = {
                f"group by {key}": lambda n=name, k=key: self.rpc(
                    n, "formatted_read_group", [], [k], ["__count"]
                )
                for key in groups
                if not name.startswith("intercommunal.")
            }
            calls |= {
                f"panel {key}": lambda n=name, k=key: self.rpc(
                    n, "search_panel_select_range", k, enable_counters=True
                )
                for key in groups
                if name.startswith("intercommunal.")
                and stored[key].get("relation", "").startswith(("interc", "res.p"))
            }
            calls |= {
                "every group": lambda n=name, g=groups: self.rpc(
                    n,
                    "formatted_read_grouping_sets",
                    [],
                    [[key] for key in g],
                    ["__count"],
                ),
                "aggregates": lambda n=name, a=aggregates: self.rpc(
                    n, "formatted_read_group", [], [], a
                ),
                "web_read_group": lambda n=name: self.rpc(
                    n, "web_read_group", [], ["create_uid"], ["__count"]
                ),
            }
            for label, call in calls.items():
                with self.subTest(f"{user.login} {name} {label}"):
                    self._check(user, f"{user.login} {name} {label}", call)

    def test_groups_and_search_panels_of_a_requester(self):
        self._group_everything(self.mine)

    def test_groups_and_search_panels_of_commune_staff(self):
        self._group_everything(self.clerk)

    def test_hidden_fields_are_no_way_to_group_sort_filter_or_sum(self):
        for user in (self.mine, self.boss, self.clerk):
            self.log_in(user)
            for model, field in (
                (REQUEST, "internal_note"),
                (REQUEST, "estimated_cost"),
                (JOB, "internal_note"),
                (RUN, "content"),
            ):
                low = "a" if field != "estimated_cost" else 1
                for label, call in {
                    "filter": lambda m=model, f=field, v=low: self.rpc(
                        m, "search_count", [[f, ">" if v == 1 else "ilike", v]]
                    ),
                    "no filter": lambda m=model, f=field: self.rpc(
                        m, "search_count", ["!", [f, "=", False]]
                    ),
                    "sort": lambda m=model, f=field: self.rpc(
                        m, "search_read", [], ["id"], order=f
                    ),
                    "group": lambda m=model, f=field: self.rpc(
                        m, "formatted_read_group", [], [f], ["__count"]
                    ),
                    "sum": lambda m=model, f=field: self.rpc(
                        m, "formatted_read_group", [], [], [f"{f}:max"]
                    ),
                    "through": lambda m=model, f=field: self.rpc(
                        PHOTO,
                        "search_count",
                        [[f"request_id.{f}" if m == REQUEST else f, "!=", False]],
                    ),
                    "filtered": lambda m=model, f=field: self.rpc(
                        m, "filtered_domain", self.requests[:1].ids, [[f, "!=", False]]
                    ),
                    "mapped": lambda m=model, f=field: self.rpc(
                        m, "mapped", self.requests[:1].ids, f
                    ),
                    "export": lambda m=model, f=field: self.rpc(
                        m, "export_data", self.requests[:1].ids, [f]
                    ),
                    "name": lambda m=model, f=field: self.rpc(
                        m, "name_search", "", [[f, "!=", False]]
                    ),
                }.items():
                    self.assert_refused(call, f"{user.login} {model}.{field} {label}")

    # ---------------------------------------------------------------- oracles

    def test_counts_say_nothing_of_another_commune(self):
        """No path of any depth two finds a word of commune 7."""
        for user in (self.mine, self.clerk):
            self.log_in(user)
            for name, specs in self._readable(user):
                if not name.startswith("intercommunal."):
                    continue
                for key, field in specs.items():
                    if field["type"] not in RELATIONS or key in AUTHORS:
                        continue
                    self._count(user, name, key, field["relation"])

    def _count(self, user, name, key, relation):
        if relation not in self.env or not relation.startswith(
            ("intercommunal.", "mail.")
        ):
            return
        comodel = self.env[relation].with_user(user)
        if not comodel.has_access("read"):
            # the path itself is refused
            texts = ["display_name"]
        else:
            texts = [
                other
                for other, spec in comodel.fields_get(attributes=["type"]).items()
                if spec["type"] in TEXTS
                and (
                    comodel._fields[other]._description_searchable
                    or other == "display_name"
                )
            ]
        domain = ["|"] * (len(texts) - 1) + [
            [f"{key}.{other}", "ilike", "zqx7x"] for other in texts
        ]
        with self.subTest(f"{user.login} {name}.{key}"):
            answer = self.attempt(lambda: self.rpc(name, "search_count", domain))
            if answer == "0" or answer.startswith("refused"):
                return
            # a field that can't be searched finds everything, whatever the word
            nonsense = json.loads(json.dumps(domain).replace("zqx7x", "nonsense"))
            other = self.attempt(lambda: self.rpc(name, "search_count", nonsense))
            self.assertEqual(answer, other, f"{user.login} {name} {domain}")

    def test_contacts_are_no_oracle(self):
        """A portal user walks from their contact to nobody else's files."""
        self.log_in(self.mine)
        for model in ("res.partner", "res.users", "res.company"):
            for path in (
                "intercommunal_role_ids.commune_id.name",
                "intercommunal_role_ids.partner_id.name",
                "user_ids.name",
                "child_ids.name",
                "message_ids.body",
                "activity_ids.summary",
                "partner_id.name",
                "intercommunal_service_ids.name",
                "user_ids.login",
            ):
                answer = self.attempt(
                    lambda m=model, p=path: self.rpc(
                        m, "search_count", [[p, "ilike", "zqp7x"]]
                    )
                )
                if not answer.startswith("refused"):
                    self.assertEqual(answer, "0", f"{model} {path}")

    # --------------------------------------------------------------- onchange

    def test_forms_compute_nothing_of_another_commune(self):
        """A new record that names another's file gives back no word of it."""
        theirs = {
            REQUEST: self.requests[7],
            JOB: self.jobs[7],
            REPORT: self.reports[7],
            RUN: self.runs[7],
            PHOTO: self.photos[7],
            "intercommunal.site": self.sites[7],
            "intercommunal.report.line": self.reports[7].line_ids,
            "intercommunal.validation.step": self.runs[7].step_ids[:1],
            "intercommunal.clarification": self.runs[7].clarification_ids[:1],
            "intercommunal.decision": self.runs[7].decision_ids[:1],
        }
        models = sorted(
            name for name in self.env.registry if name.startswith("intercom")
        )
        for user in (self.mine, self.outsider, self.clerk):
            self.log_in(user)
            for name in models:
                model = self.env[name].with_user(user)
                if model._abstract or not model.has_access("read"):
                    continue
                for label, call in self._get_form_attacks(model, theirs):
                    label = f"{user.login} {name} {label}"
                    with self.subTest(label):
                        self._check(user, label, call)
                    if user.share:
                        # every other field gives the same answer
                        self.assert_refused(call, label)
                        break

    def _get_form_attacks(self, model, theirs):
        """Forms of ``model`` that name each of ``theirs`` in every field."""
        specs = model.fields_get(attributes=["type", "relation"])
        spec = {
            key: {"fields": {"display_name": {}}} if item["type"] in RELATIONS else {}
            for key, item in specs.items()
        }
        for key, item in specs.items():
            record = theirs.get(item.get("relation"))
            if not record or item["type"] == "one2many":
                continue
            value = record.id if item["type"] == "many2one" else [[4, record.id]]
            yield (
                f"{key} changed",
                lambda k=key, v=value: self.rpc(
                    model._name, "onchange", [], {k: v}, [k], spec
                ),
            )
            yield (
                f"{key} by default",
                lambda k=key, v=value: self.rpc(
                    model._name,
                    "onchange",
                    [],
                    {},
                    [],
                    spec,
                    context={f"default_{k}": v},
                ),
            )
            if model._transient:
                yield (
                    f"{key} saved",
                    lambda k=key, v=value: self.rpc(
                        model._name, "web_save", [], {k: v}, spec
                    ),
                )

    # ------------------------------------------------------------------ routes

    def test_binary_routes_serve_no_file_of_another_commune(self):
        photos = self.photos.filtered(
            lambda photo: photo not in (self.photos[0], self.photos[50])
        )
        attachments = (
            self.env["ir.attachment"]
            .sudo()
            .search(
                [
                    ("res_model", "=", PHOTO),
                    ("res_field", "=", "image"),
                    ("res_id", "in", (photos[0] + photos[60]).ids),
                ]
            )
        )
        self.assertEqual(len(attachments), 2)
        paths = [
            *(
                f"/web/{route}/{PHOTO}/{photo.id}/image{size}"
                for photo in (photos[0], photos[60])
                for route, size in (
                    ("image", ""),
                    ("content", ""),
                    ("image", "/64x64"),
                )
            ),
            *(
                f"/web/{route}/{attachment.id}"
                for attachment in attachments | self.files[7]
                for route in ("content", "image")
            ),
            f"/web/content/{self.files[7].id}?access_token=x",
            f"/web/content/{self.files[7].id}?download=true",
            f"/web/content/{REQUEST}/{self.requests[7].id}/description",
            f"/web/content/{REPORT}/{self.reports[7].id}/signature",
            f"/web/image/res.partner/{self.communes[7].id}/image_1920",
            f"/web/content?model={PHOTO}&id={photos[0].id}&field=image",
            f"/web/content?model={PHOTO}&id={photos[0].id}&field=name",
            f"/web/image?model={PHOTO}&id={photos[0].id}&field=image&unique=1",
            f"/web/content/{PHOTO}/{photos[0].id}/image?filename_field=checksum",
        ]
        pixels = base64.b64decode(photos[0].image)
        for user in (self.mine, self.outsider, self.clerk, self.other_agent):
            self.log_in(user)
            for path in paths:
                with self.subTest(f"{user.login} {path}"):
                    answer = {}
                    text = self.attempt(
                        lambda p=path, a=answer: a.setdefault("it", self.url_open(p))
                    )
                    self.assert_no_canary(text, (), path)
                    self.assertNotEqual(answer["it"].content, pixels, path)
                    self.assertNotIn(
                        "zqx", json.dumps(dict(answer["it"].headers)), path
                    )

    def test_without_login_nothing_opens(self):
        for path in (
            f"/web/image/{PHOTO}/{self.photos[7].id}/image",
            f"/web/content/{self.files[7].id}",
            f"/my/requests/{self.requests[7].id}",
            f"/my/validations/{self.runs[7].id}",
            f"/my/requests/{self.requests[7].id}/certificate",
            f"/my/requests/{self.requests[7].id}/certificate.json",
            f"/mail/view?model={REQUEST}&res_id={self.requests[7].id}",
            f"/odoo/intercommunal.request/{self.requests[7].id}",
        ):
            with self.subTest(path):
                self.assert_no_canary(
                    self.attempt(lambda p=path: self.url_open(p)), (), path
                )

    def test_portal_pages_of_another_commune_are_not_found(self):
        theirs, run = self.requests[7], self.runs[7]
        for user in (self.mine, self.outsider, self.clerk):
            self.log_in(user)
            for path in (
                f"/my/requests/{theirs.id}",
                f"/my/requests/{theirs.id}/edit",
                f"/my/requests/{theirs.id}/certificate",
                f"/my/requests/{theirs.id}/certificate.json",
                f"/my/requests/{theirs.id}/files/{self.files[7].id}",
                f"/my/requests/{self.requests[0].id}/files/{self.files[7].id}",
                f"/my/validations/{run.id}",
                f"/my/requests?search=zqx7x{' ' * 3}&filterby=all",
                "/my/requests?filterby=all&sortby=internal_note&groupby=internal_note",
                f"/my/requests/new?type_id={self.type.id}&commune_id="
                f"{self.communes[7].id}",
                "/my/requests?filterby=all",
                "/my/validations",
                "/my",
                f"/mail/view?model={REQUEST}&res_id={theirs.id}",
                f"/mail/avatar/mail.message/{theirs.message_ids[:1].id}"
                "/author_avatar/50x50",
            ):
                with self.subTest(f"{user.login} {path}"):
                    text = self.attempt(lambda p=path: self.url_open(p))
                    # the page says again what was searched for
                    text = (
                        re.sub(r"zqx7x(?=[ +%\"”]*)", "", text)
                        if "search=" in path
                        else text
                    )
                    self.assert_no_canary(text, self.own_of(user), path)

    def test_chatter_routes_open_no_thread_of_another_commune(self):
        theirs, message = self.requests[7], self.requests[7].message_ids[:1]
        params = {"thread_model": REQUEST, "thread_id": theirs.id}
        routes = {
            "/mail/thread/messages": params,
            "/mail/message/post": {
                **params,
                "post_data": {"body": "Hello", "message_type": "comment"},
            },
            "/mail/message/update_content": {
                "message_id": message.id,
                "update_data": {"body": "x", "attachment_ids": []},
            },
            "/mail/message/reaction": {
                "message_id": message.id,
                "content": "x",
                "action": "add",
            },
            "/mail/thread/subscribe": {
                "res_model": REQUEST,
                "res_id": theirs.id,
                "partner_ids": self.mine.partner_id.ids,
            },
            "/mail/thread/recipients": {**params},
            "/mail/thread/recipients/fields": {"thread_model": REQUEST},
            "/mail/read_subscription_data": {
                "follower_id": theirs.message_follower_ids[:1].id
            },
            "/mail/data": {
                "fetch_params": [
                    [
                        "mail.thread",
                        {
                            **params,
                            "request_list": [
                                "followers",
                                "attachments",
                                "activities",
                                "suggestedRecipients",
                            ],
                        },
                    ]
                ]
            },
            "/mail/inbox/messages": {},
            "/mail/history/messages": {},
            "/mail/starred/messages": {},
            "/mail/attachment/delete": {"attachment_id": self.files[7].id},
            "/mail/partner/from_email": {
                **params,
                "emails": ["p@zqp7x.example.org"],
            },
        }
        for user in (self.mine, self.outsider, self.clerk):
            self.log_in(user)
            before = self.snapshot(
                theirs.message_ids, theirs.message_follower_ids, self.files
            )
            for route, sent in routes.items():
                with self.subTest(f"{user.login} {route}"):
                    text = self.attempt(
                        lambda r=route, p=sent: self.make_jsonrpc_request(r, p)
                    )
                    self.assert_no_canary(text, self.own_of(user), route, user.share)
            after = self.snapshot(
                theirs.message_ids, theirs.message_follower_ids, self.files
            )
            self.assertEqual(after, before)

    def test_own_pages_never_show_what_is_internal(self):
        """The control: one's own file is there, without notes, costs or trackings."""
        own, run = self.requests[0], self.runs[0]
        for user in (self.users[0], self.mine, self.boss):
            self.authenticate(user.login, user.login)
            if user == self.users[0]:
                continue  # no password of theirs
            page = self.url_open(f"/my/requests/{own.id}").text
            self.assertIn("Subject zqx0x", page)
            self.assertIn("Message zqx0x", page)
            self.assert_no_canary(page, {0}, "page")
            for path in (
                f"/my/validations/{run.id}",
                f"/my/requests/{own.id}/certificate.json",
                f"/my/requests/{own.id}/certificate",
            ):
                text = self.attempt(lambda p=path: self.url_open(p))
                self.assert_no_canary(text, {0}, path)
            self.assertIn(
                "Summary zqx0x", self.url_open(f"/my/validations/{run.id}").text
            )
            notes = self.rpc(
                "mail.message", "search_count", [["body", "ilike", SECRET]]
            )
            self.assertEqual(notes, 0)

    # ---------------------------------------------------------- other entries

    def test_json2_reads_the_same_and_no_more(self):
        key = (
            self.env["res.users.apikeys"]
            .with_user(self.clerk)
            ._generate("rpc", "attack", fields.Datetime.now() + timedelta(hours=1))
        )
        self.env.flush_all()
        headers = {
            "Authorization": f"Bearer {key}",
            "Content-Type": "application/json; charset=utf-8",
        }

        def call(model, method, **sent):
            return self.url_open(
                f"/json/2/{model}/{method}", data=json.dumps(sent), headers=headers
            )

        own = call(REQUEST, "search_read", domain=[], fields=["name"])
        self.assertEqual(own.status_code, 200, own.text[:300])
        self.assertIn("Subject zqx0x", own.text)
        for model in (REQUEST, JOB, REPORT, RUN, PHOTO, "intercommunal.decision"):
            ids = self.env[model].sudo().search([]).ids
            for method, sent in (
                ("search_read", {"domain": []}),
                ("read", {"ids": ids, "fields": ["display_name"]}),
                ("export_data", {"ids": ids, "fields_to_export": ["display_name"]}),
                ("name_search", {"name": "zqx7x"}),
                ("sudo", {"ids": ids}),
                ("browse", {"ids": ids}),
                ("_read_group", {"domain": [], "groupby": ["display_name"]}),
            ):
                with self.subTest(f"{model} {method}"):
                    text = self.attempt(
                        lambda m=model, n=method, s=sent: call(m, n, **s)
                    )
                    self.assert_no_canary(text, {0}, f"{model} {method}", False)

    def test_xmlrpc_reads_the_same_and_no_more(self):
        self.env.flush_all()
        user = self.clerk
        for model in (REQUEST, JOB, REPORT, RUN, PHOTO, "intercommunal.decision"):
            ids = self.env[model].sudo().search([]).ids
            for method, args in (
                ("search_read", [[]]),
                ("read", [ids, ["display_name"]]),
                ("export_data", [ids, ["display_name"]]),
                ("name_search", ["zqx7x"]),
                ("check_access_rule", ["read"]),
                ("sudo", [ids]),
                ("with_user", [ids, 1]),
            ):
                with self.subTest(f"{model} {method}"):
                    text = self.attempt(
                        lambda m=model, n=method, a=args: self._xmlrpc(user, m, n, *a)
                    )
                    self.assert_no_canary(text, {0}, f"{model} {method}", False)

    def _xmlrpc(self, user, model, method, *args):
        try:
            return self.xmlrpc_object.execute(
                self.env.cr.dbname, user.id, user.login, model, method, *args
            )
        except Fault as fault:
            return f"refused: {fault.faultString}"

    def test_list_export_routes_write_nothing_of_others(self):
        for user in (self.mine, self.clerk):
            self.log_in(user)
            page = self.url_open("/my")
            token = re.search(r'csrf_token: "([^"]+)"', page.text)
            for model in (REQUEST, RUN, REPORT, "mail.message", "res.partner"):
                data = {
                    "model": model,
                    "fields": [{"name": "display_name", "label": "x", "type": "char"}],
                    "ids": False,
                    "domain": [],
                    "groupby": [],
                    "import_compat": False,
                }
                text = self.attempt(
                    lambda d=data, t=token: self.url_open(
                        "/web/export/csv",
                        data={
                            "data": json.dumps(d),
                            "csrf_token": t.group(1) if t else "",
                        },
                    )
                )
                self.assert_no_canary(text, self.own_of(user), model, user.share)
