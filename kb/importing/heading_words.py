"""What columns are called in French, Spanish, Portuguese, German and Indonesian, besides the names of `columns`."""

from collections.abc import Mapping

HEADING_WORDS: Mapping[str, str] = {
    "key": "n|num|identifiant|clave|codigo|numero|folio",
    "title": "intitule|libelle|nom|denominacion|proyecto|iniciativa|denominacao|designacao|nome|projeto|projet"
    "|bezeichnung",
    "city": "commune|collectivite|ciudad municipio|kommune|local authority|city town",
    "country": "country area",
    "province": "departement|entidad federativa|uf|provinsi|governorate",
    "summary": "brief description|deskripsi",
    "stage": "etat d avancement|avancement|situacion|estado actual|estado de avance|estatus|situacao|estagio|stand"
    "|current status",
    "start_year": "debut|date de debut|date de demarrage|annee|annee de debut|annee de demarrage|fecha inicio"
    "|ano de inicio|data inicio|beginn|tahun mulai",
    "end_year": "date de fin|annee de fin|fecha de fin|fecha de termino|fecha de finalizacion|fecha fin|termino"
    "|data de termino|data de fim|ano de fin|ano de termino|ende|enddatum",
    "problem": "contexte|probleme|problematique|contexto|problematica|justificacion",
    "action": "activites|actividades|atividades|solucao",
    "beneficiaries": "beneficiaires|poblacion objetivo|publico alvo|zielgruppe",
    "results": "resultats obtenus|resultados obtenidos|impacto|impactos",
    "challenges": "defi|defis|thematique|thematiques|desafio|reto|tema|temas|tematica|herausforderung"
    "|herausforderungen",
    "goals": "objectifs de developpement durable|objetivos de desarrollo sostenible"
    "|objetivos de desenvolvimento sustentavel|sdg ziele",
    "targets": "cible odd|cibles odd|meta ods",
    "technologies": "technologies utilisees|technologie|technologien|tecnologia utilizada|tecnologias utilizadas"
    "|teknologi",
    "cost_amount": "cout total|montant|costo total|coste total|monto|monto total|inversion|inversion total"
    "|custo total|valor total|investimento|gesamtkosten|anggaran",
    "cost_currency": "monnaie|mata uang",
    "funding": "source de financement|sources de financement|bailleur|bailleurs|fuente de financiamiento"
    "|fuentes de financiamiento|fuente de financiacion|fonte de recursos|fonte de financiamento|finanzierung"
    "|sumber dana",
    "leader": "alcaldesa|intendente|prefeita|burgermeister|wali kota",
    "partners": "partenaire|aliados|entidades participantes|mitra",
    "contact": "personne contact|point focal|courriel|correo|correo electronico|punto focal|ansprechpartner",
    "lessons": "enseignements|lecons|lecons apprises|lecciones|licoes aprendidas|erkenntnisse",
    "sources": "lien|liens|lien internet|site web|site internet|enlace|enlaces|fuentes|pagina web|fontes|quellen|tautan"
    "|sumber",
}
"""By the code of the field: names, folded, apart by bars."""
