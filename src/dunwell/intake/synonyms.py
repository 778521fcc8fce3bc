"""Headings that other programs use for our columns: proposals, each said aloud when used.

Only headings that mean one thing. `("", field)` holds for every kind of file; a pair with a
kind goes before it. Written as `values.same` writes them: lower case, single blanks.
"""

from __future__ import annotations


def _names(text: str) -> frozenset[str]:
    return frozenset(" ".join(name.split()) for name in text.split(","))


_CUSTOMER = """customer no, customer number, customer id, customer code, customer reference,
    cust no, cust number, cust id, customerid, account no, account number, debtor, debtor no,
    debtor number, debtor id, client no, client number, client id,
    kunde, kundennr, kundennummer, kunden nr,
    kunden id, debitor, debitorennr, debitorennummer, debitoren nr, debitornr, numéro client,
    n° client, code client, cliente, codice cliente, código cliente, klantnummer, klant"""
_NUMBER = """invoice no, invoice number, invoice nr, invoice, invoice id, invoicenumber,
    document no, document number, doc no, doc id, document id, inv no, belegnr, belegnummer,
    beleg nr, beleg, rechnungsnr, rechnungsnummer, rechnungs nr, rechnung, re nr,
    belegfeld 1, numéro de facture, n° facture, numéro facture, facture, num facture,
    numero fattura, fattura, número de factura, factura, factuurnummer, fakturanr, fakturanummer"""
_AMOUNT = """total, gross amount, invoice amount, original amount, amount due total, invoice total,
    total amount, betrag, bruttobetrag, rechnungsbetrag, umsatz, betrag brutto, montant,
    montant ttc, importo, importe, bedrag, belopp"""

SYNONYMS: dict[tuple[str, str], frozenset[str]] = {
    ("", "customer"): _names(_CUSTOMER),
    ("customers", "reference"): _names(_CUSTOMER + ", customer, account, number, no, id, nummer"),
    ("", "entity"): _names(
        "company code, business unit, business code, legal entity, buchungskreis, mandant"
    ),
    ("", "number"): _names(_NUMBER),
    ("orders", "number"): _names(
        """order no, order number, order id, order, sales order, auftragsnr, auftragsnummer,
        auftrag, bestellnummer, numéro de commande, commande"""
    ),
    ("", "part"): _names("instalment no, instalment, installment, installment no, rate, teil"),
    ("items", "kind"): _names(
        "document type, doc type, type, belegart, art, transaction type, type de document"
    ),
    ("payments", "kind"): _names("type, payment type, art"),
    ("", "issued_on"): _names(
        """invoice date, document date, issue date, issued, date of invoice, invoicedate,
        belegdatum, rechnungsdatum, ausstellungsdatum, date de facture, date facture,
        data fattura, fecha factura, fecha de factura, factuurdatum, fakturadatum"""
    ),
    ("", "due_on"): _names(
        """due date, due, duedate, net due date, payment due, date due, maturity date,
        fällig am, fällig, fälligkeit, fälligkeitsdatum, faellig am, faelligkeit,
        faelligkeitsdatum, nettofälligkeit, nettofällig,
        date d'échéance, date échéance, échéance, scadenza,
        data scadenza, vencimiento, fecha de vencimiento, vervaldatum, förfallodatum"""
    ),
    ("", "terms"): _names(
        """payment terms, term days, net days, zahlungsbedingung, zahlungsbedingungen,
        zahlungsziel, conditions de paiement, payment term"""
    ),
    ("customers", "terms_days"): _names(
        "payment terms, terms, term days, net days, zahlungsziel, zahlungsbedingung"
    ),
    ("", "amount"): _names(_AMOUNT),
    ("payments", "amount"): _names(_AMOUNT + ", amount received, payment amount, zahlbetrag"),
    ("items", "open_amount"): _names(
        """open, balance, balance due, amount due, outstanding, outstanding amount, open balance,
        remaining, remaining amount, offen, offener betrag, offener posten, restbetrag, saldo,
        op betrag, solde, reste à payer, montant dû, importo residuo, saldo pendiente"""
    ),
    ("", "currency"): _names(
        "curr, ccy, currency code, invoice currency, währung, waehrung, whg, devise, divisa"
    ),
    ("", "applies_to"): _names("applies to invoice, credited invoice, bezug, bezugsrechnung"),
    ("", "po_number"): _names(
        """po, po no, purchase order, purchase order no, customer po, bestellnr, bestellnummer,
        ihre bestellung, n° commande"""
    ),
    ("", "description"): _names("text, memo, buchungstext, verwendungszweck, libellé, concepto"),
    ("", "payment_method"): _names("payment type, zahlart, zahlungsart, mode de paiement"),
    ("", "reference"): _names(
        """payment no, payment number, payment reference, payment id, receipt no, transaction id,
        zahlungsreferenz, referenz, referenznr, zahlungsnr, référence, ref"""
    ),
    ("payments", "paid_on"): _names(
        """date, payment date, date paid, paid, received on, receipt date, value date, booking date,
        datum, zahlungsdatum, zahldatum, bezahlt am, valuta, wertstellung, buchungsdatum,
        date de paiement, data pagamento, fecha de pago"""
    ),
    ("", "items"): _names("invoices, applied to, invoice numbers, rechnungen, factures"),
    ("customers", "name"): _names(
        """customer name, company, company name, name 1, name1, kundenname, firma, firmenname,
        nom, raison sociale, ragione sociale, razón social, nombre"""
    ),
    ("contacts", "name"): _names(
        "contact, contact name, full name, ansprechpartner, kontakt, nom, contact person"
    ),
    ("", "role"): _names("function, position, funktion, rolle"),
    ("", "email"): _names("e mail, email address, e mail address, mail, e mail adresse, courriel"),
    ("", "phone"): _names(
        "telephone, tel, phone number, telephone number, telefon, telefonnummer, téléphone"
    ),
    ("", "mobile"): _names("mobile phone, cell, cell phone, mobil, handy, mobiltelefon, portable"),
    ("", "address"): _names("postal address, anschrift, adresse, indirizzo, dirección"),
    ("", "language"): _names("lang, language code, sprache, langue"),
    ("", "country"): _names("country code, land, ländercode, pays"),
    ("", "region"): _names("state, gebiet, région"),
    ("", "time_zone"): _names("timezone, zeitzone"),
    ("", "account_owner"): _names(
        "account manager, sales rep, owner, betreuer, sachbearbeiter, kundenbetreuer"
    ),
    ("", "annual_revenue"): _names("revenue, annual sales, jahresumsatz"),
    ("", "credit_limit"): _names("limit, kreditlimit, kreditlinie, limite de crédit"),
    ("", "natural_person"): _names("consumer, private person, privatperson"),
    ("", "parent"): _names("parent customer, parent account, konzern, zentrale"),
    ("", "ordered_on"): _names("order date, auftragsdatum, bestelldatum, date de commande"),
    ("", "status"): _names("order status, state, auftragsstatus"),
    ("", "channel"): _names("medium, kanal"),
    ("history", "date"): _names("sent on, contact date, sent, contacted on, datum, mahndatum"),
    ("rates", "date"): _names("valid on, rate date, datum"),
    ("rates", "rate"): _names("exchange rate, fx rate, kurs, wechselkurs"),
    ("rates", "base"): _names("base currency, to, to currency, basiswährung"),
    ("rates", "currency"): _names("from, from currency, währung"),
    ("history", "item"): _names("invoice, invoice no, invoice number, number, rechnung, belegnr"),
    ("history", "tone"): _names("level, dunning tone"),
}
