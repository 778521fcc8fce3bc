"""The addresses of the customer's pages, below /portal/; all but the style sheet need a link."""

from __future__ import annotations

from django.urls import path

from dunwell.portal import views

urlpatterns = [
    path("portal.css", views.style),
    path("back", views.back),
    path("<str:token>", views.account),
    path("<str:token>/statement.pdf", views.statement),
    path("<str:token>/pay", views.pay),
    path("<str:token>/paid", views.paid),
    path("<str:token>/promise", views.promise),
    path("<str:token>/dispute", views.dispute),
    path("<str:token>/plan", views.plan),
    path("<str:token>/ask", views.ask),
    path("<str:token>/contact", views.contact),
    path("<path:rest>", views.nothing),
]
