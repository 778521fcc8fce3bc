"""The addresses of the desk."""

from __future__ import annotations

from django.urls import include, path

from dunwell.web import (
    approving,
    cases,
    delivering,
    importing,
    picking,
    proofs,
    releasing,
    signing,
    views,
    working,
)

urlpatterns = [
    path("", views.home),
    path("worklist", working.worklist),
    path("cases", cases.overview),
    path("cases/<slug:slug>", cases.listed),
    path("cases/<slug:slug>/<int:number>/settle", cases.settle),
    path("cases/disputes/<int:number>/file", proofs.of_dispute),
    path("tonight", releasing.tonight),
    path("tonight/leave-out", releasing.leave_out),
    path("tonight/release", releasing.prepare),
    path("proposal/<int:number>", releasing.proposal),
    path("proposal/<int:number>/progress", releasing.progress),
    path("proposal/<int:number>/<slug:how>", releasing.move),
    path("approvals", approving.approvals),
    path("approvals/<str:key>", approving.question),
    path("approvals/<str:key>/answer", approving.answer),
    path("undo/approval/<str:key>", approving.undo),
    path("checklist/<slug:row>/<path:reference>", approving.checklist),
    path("deliveries", delivering.deliveries),
    path("deliveries/<str:key>", delivering.settle),
    path("silence", views.silence),
    path("silence/<str:reason>", views.silence),
    path("import", importing.overview),
    path("import/forget", importing.forget),
    path("import/<str:token>", importing.one),
    path("import/<str:token>/columns", picking.columns),
    path("import/<str:token>/progress", importing.progress),
    path("import/<str:token>/complaints.csv", importing.complaints),
    path("import/<str:token>/<slug:verb>", importing.do),
    path("aging", views.aging),
    path("customers", views.customers),
    path("customers/<path:reference>", views.customer),
    path("message/<str:key>", views.message),
    path("message/<str:key>/mail.html", views.mail),
    path("message/<str:key>/letter.pdf", views.letter),
    path("message/<str:key>/raw", views.raw),
    path("message/<str:key>/attachment/<int:n>", views.attachment),
    path("do/<slug:verb>/<path:reference>", views.do),
    path("undo/<slug:verb>/<str:made>", views.undo),
    path("portal/", include("dunwell.portal.urls")),  # by name: neither door knows the other
    path("sign-in", signing.sign_in),
    path("sign-out", signing.sign_out),
    path("invitation/<str:token>", signing.invitation),
    path("second-factor", signing.second_factor),
    path("desk.css", views.style),
    path("static/<path:name>", views.static),
    path("icon.svg", views.icon),
    path("font/<str:name>", views.font),
]
handler400 = "dunwell.web.views.bad_request"
handler404 = "dunwell.web.views.not_found"
handler500 = "dunwell.web.views.broken"
