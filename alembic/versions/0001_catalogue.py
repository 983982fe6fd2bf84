"""the catalogue and its change log

Revision 0001.
"""

import sqlalchemy as sa

from alembic import op

PHASE = "expand"
revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go up."""
    op.create_table(
        "aims",
        sa.Column("code", sa.String(length=60), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("label", sa.String(length=300), nullable=False),
        sa.Column("gist", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_aims")),
    )
    op.create_table(
        "catalogue_identity",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.CheckConstraint("id = 1", name=op.f("ck_catalogue_identity_one_row")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_catalogue_identity")),
    )
    op.create_table(
        "challenges",
        sa.Column("code", sa.String(length=60), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("label", sa.String(length=300), nullable=False),
        sa.Column("gist", sa.Text(), nullable=False),
        sa.Column("dimension", sa.String(length=60), nullable=False),
        sa.CheckConstraint(
            "dimension IN ('economy', 'environment', 'society')", name=op.f("ck_challenges_dimension_known")
        ),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_challenges")),
    )
    op.create_table(
        "changes",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=60), nullable=False),
        sa.Column("entry_id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=True),
        sa.Column("action", sa.String(length=60), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("action IN ('saved', 'deleted')", name=op.f("ck_changes_action_known")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_changes")),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "goals",
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("label", sa.String(length=300), nullable=False),
        sa.Column("gist", sa.Text(), nullable=False),
        sa.Column("colour", sa.String(length=7), nullable=False),
        sa.CheckConstraint("number BETWEEN 1 AND 17", name=op.f("ck_goals_number_range")),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_goals")),
    )
    op.create_table(
        "leaders",
        sa.Column("name", sa.String(length=300), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("slug", sa.String(length=120), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("confirmed_on", sa.Date(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_leaders")),
        sa.UniqueConstraint("slug", name=op.f("uq_leaders_slug")),
    )
    with op.batch_alter_table("leaders", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_leaders_created_at"), ["created_at"], unique=False)

    op.create_table(
        "regions",
        sa.Column("code", sa.String(length=60), nullable=False),
        sa.Column("label", sa.String(length=300), nullable=False),
        sa.Column("continent", sa.String(length=300), nullable=False),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_regions")),
    )
    op.create_table(
        "seed_records",
        sa.Column("kind", sa.String(length=60), nullable=False),
        sa.Column("key", sa.String(length=500), nullable=False),
        sa.Column("entry_id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("kind", "key", name=op.f("pk_seed_records")),
    )
    op.create_table(
        "sources",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("url", sa.String(length=1000), nullable=False),
        sa.Column("title", sa.String(length=300), nullable=True),
        sa.Column("seen_on", sa.Date(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sources")),
        sa.UniqueConstraint("url", name=op.f("uq_sources_url")),
    )
    op.create_table(
        "technologies",
        sa.Column("code", sa.String(length=60), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("label", sa.String(length=300), nullable=False),
        sa.Column("gist", sa.Text(), nullable=False),
        sa.Column("group", sa.String(length=60), nullable=False),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_technologies")),
    )
    op.create_table(
        "challenge_aims",
        sa.Column("challenge_code", sa.String(length=60), nullable=False),
        sa.Column("aim_code", sa.String(length=60), nullable=False),
        sa.ForeignKeyConstraint(
            ["aim_code"], ["aims.code"], name=op.f("fk_challenge_aims_aim_code_aims"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["challenge_code"],
            ["challenges.code"],
            name=op.f("fk_challenge_aims_challenge_code_challenges"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("challenge_code", "aim_code", name=op.f("pk_challenge_aims")),
    )
    with op.batch_alter_table("challenge_aims", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_challenge_aims_aim_code"), ["aim_code"], unique=False)

    op.create_table(
        "challenge_categories",
        sa.Column("challenge_code", sa.String(length=60), nullable=False),
        sa.Column("label", sa.String(length=100), nullable=False),
        sa.ForeignKeyConstraint(
            ["challenge_code"],
            ["challenges.code"],
            name=op.f("fk_challenge_categories_challenge_code_challenges"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("challenge_code", "label", name=op.f("pk_challenge_categories")),
    )
    op.create_table(
        "countries",
        sa.Column("code", sa.String(length=2), nullable=False),
        sa.Column("iso3", sa.String(length=3), nullable=False),
        sa.Column("numeric", sa.String(length=3), nullable=True),
        sa.Column("name", sa.String(length=300), nullable=False),
        sa.Column("region_code", sa.String(length=60), nullable=True),
        sa.Column("income_group", sa.String(length=20), nullable=True),
        sa.ForeignKeyConstraint(["region_code"], ["regions.code"], name=op.f("fk_countries_region_code_regions")),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_countries")),
    )
    with op.batch_alter_table("countries", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_countries_income_group"), ["income_group"], unique=False)
        batch_op.create_index(batch_op.f("ix_countries_region_code"), ["region_code"], unique=False)

    op.create_table(
        "targets",
        sa.Column("code", sa.String(length=6), nullable=False),
        sa.Column("goal_number", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("label", sa.String(length=300), nullable=False),
        sa.Column("gist", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["goal_number"], ["goals.number"], name=op.f("fk_targets_goal_number_goals")),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_targets")),
    )
    with op.batch_alter_table("targets", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_targets_goal_number"), ["goal_number"], unique=False)

    op.create_table(
        "places",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("name", sa.String(length=300), nullable=False),
        sa.Column("folded", sa.String(length=300), nullable=False),
        sa.Column("country_code", sa.String(length=2), nullable=False),
        sa.Column("admin1", sa.String(length=20), nullable=True),
        sa.Column("latitude", sa.Double(), nullable=False),
        sa.Column("longitude", sa.Double(), nullable=False),
        sa.Column("population", sa.Integer(), nullable=True),
        sa.Column("timezone", sa.String(length=60), nullable=True),
        sa.Column("is_capital", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["country_code"], ["countries.code"], name=op.f("fk_places_country_code_countries")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_places")),
    )
    with op.batch_alter_table("places", schema=None) as batch_op:
        batch_op.create_index("ix_places_country_code_folded", ["country_code", "folded"], unique=False)
        batch_op.create_index(batch_op.f("ix_places_folded"), ["folded"], unique=False)

    op.create_table(
        "cities",
        sa.Column("name", sa.String(length=300), nullable=False),
        sa.Column("country_code", sa.String(length=2), nullable=False),
        sa.Column("place_id", sa.Integer(), nullable=False),
        sa.Column("leader_title", sa.String(length=200), nullable=True),
        sa.Column("website", sa.String(length=1000), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("slug", sa.String(length=120), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("confirmed_on", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(["country_code"], ["countries.code"], name=op.f("fk_cities_country_code_countries")),
        sa.ForeignKeyConstraint(["place_id"], ["places.id"], name=op.f("fk_cities_place_id_places")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_cities")),
        sa.UniqueConstraint("place_id", name=op.f("uq_cities_place_id")),
        sa.UniqueConstraint("slug", name=op.f("uq_cities_slug")),
    )
    with op.batch_alter_table("cities", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_cities_country_code"), ["country_code"], unique=False)
        batch_op.create_index(batch_op.f("ix_cities_created_at"), ["created_at"], unique=False)

    op.create_table(
        "place_names",
        sa.Column("place_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=300), nullable=False),
        sa.Column("folded", sa.String(length=300), nullable=False),
        sa.ForeignKeyConstraint(
            ["place_id"], ["places.id"], name=op.f("fk_place_names_place_id_places"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("place_id", "name", name=op.f("pk_place_names")),
    )
    with op.batch_alter_table("place_names", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_place_names_folded"), ["folded"], unique=False)

    op.create_table(
        "city_challenges",
        sa.Column("city_id", sa.Integer(), nullable=False),
        sa.Column("challenge_code", sa.String(length=60), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("severity", sa.String(length=60), nullable=True),
        sa.Column("status", sa.String(length=60), nullable=True),
        sa.Column("source_id", sa.Integer(), nullable=True),
        sa.CheckConstraint(
            "severity IN ('under-a-third', 'under-two-thirds', 'under-95-percent', 'met')",
            name=op.f("ck_city_challenges_severity_known"),
        ),
        sa.CheckConstraint("status IN ('facing', 'solved')", name=op.f("ck_city_challenges_status_known")),
        sa.ForeignKeyConstraint(
            ["challenge_code"], ["challenges.code"], name=op.f("fk_city_challenges_challenge_code_challenges")
        ),
        sa.ForeignKeyConstraint(
            ["city_id"], ["cities.id"], name=op.f("fk_city_challenges_city_id_cities"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["source_id"], ["sources.id"], name=op.f("fk_city_challenges_source_id_sources")),
        sa.PrimaryKeyConstraint("city_id", "challenge_code", name=op.f("pk_city_challenges")),
    )
    with op.batch_alter_table("city_challenges", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_city_challenges_challenge_code"), ["challenge_code"], unique=False)

    op.create_table(
        "city_sources",
        sa.Column("city_id", sa.Integer(), nullable=False),
        sa.Column("source_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["city_id"], ["cities.id"], name=op.f("fk_city_sources_city_id_cities"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["source_id"], ["sources.id"], name=op.f("fk_city_sources_source_id_sources")),
        sa.PrimaryKeyConstraint("city_id", "source_id", name=op.f("pk_city_sources")),
    )
    with op.batch_alter_table("city_sources", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_city_sources_source_id"), ["source_id"], unique=False)

    op.create_table(
        "leader_terms",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("leader_id", sa.Integer(), nullable=False),
        sa.Column("city_id", sa.Integer(), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("start_year", sa.Integer(), nullable=True),
        sa.Column("end_year", sa.Integer(), nullable=True),
        sa.Column("source_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["city_id"], ["cities.id"], name=op.f("fk_leader_terms_city_id_cities")),
        sa.ForeignKeyConstraint(
            ["leader_id"], ["leaders.id"], name=op.f("fk_leader_terms_leader_id_leaders"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["source_id"], ["sources.id"], name=op.f("fk_leader_terms_source_id_sources")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_leader_terms")),
    )
    with op.batch_alter_table("leader_terms", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_leader_terms_city_id"), ["city_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_leader_terms_leader_id"), ["leader_id"], unique=False)

    op.create_table(
        "visions",
        sa.Column("title", sa.String(length=300), nullable=False),
        sa.Column("city_id", sa.Integer(), nullable=False),
        sa.Column("adopted_year", sa.Integer(), nullable=True),
        sa.Column("horizon_year", sa.Integer(), nullable=True),
        sa.Column("gist", sa.Text(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("slug", sa.String(length=120), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("confirmed_on", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(["city_id"], ["cities.id"], name=op.f("fk_visions_city_id_cities")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_visions")),
        sa.UniqueConstraint("slug", name=op.f("uq_visions_slug")),
    )
    with op.batch_alter_table("visions", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_visions_city_id"), ["city_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_visions_created_at"), ["created_at"], unique=False)

    op.create_table(
        "initiatives",
        sa.Column("title", sa.String(length=300), nullable=False),
        sa.Column("summary", sa.Text(), nullable=False),
        sa.Column("problem", sa.Text(), nullable=True),
        sa.Column("action", sa.Text(), nullable=True),
        sa.Column("results", sa.Text(), nullable=True),
        sa.Column("beneficiaries", sa.Text(), nullable=True),
        sa.Column("stage", sa.String(length=60), nullable=False),
        sa.Column("scale", sa.String(length=60), nullable=True),
        sa.Column("start_year", sa.Integer(), nullable=True),
        sa.Column("end_year", sa.Integer(), nullable=True),
        sa.Column("leader_id", sa.Integer(), nullable=True),
        sa.Column("vision_id", sa.Integer(), nullable=True),
        sa.Column("evidence_level", sa.Integer(), nullable=True),
        sa.Column("evidence_direction", sa.String(length=60), nullable=True),
        sa.Column("evidence_note", sa.Text(), nullable=True),
        sa.Column("cost_amount", sa.BigInteger(), nullable=True),
        sa.Column("cost_currency", sa.String(), nullable=True),
        sa.Column("cost_year", sa.Integer(), nullable=True),
        sa.Column("cost_is_citys_own", sa.Boolean(), nullable=True),
        sa.Column("cost_note", sa.Text(), nullable=True),
        sa.Column("procurement", sa.String(length=60), nullable=True),
        sa.Column("lessons", sa.Text(), nullable=True),
        sa.Column("needs_mandate", sa.Text(), nullable=True),
        sa.Column("needs_staff", sa.Text(), nullable=True),
        sa.Column("needs_months", sa.Integer(), nullable=True),
        sa.Column("needs_prerequisites", sa.Text(), nullable=True),
        sa.Column("adapted_from_id", sa.Integer(), nullable=True),
        sa.Column("adapted_from_note", sa.Text(), nullable=True),
        sa.Column("contact", sa.Text(), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("slug", sa.String(length=120), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("confirmed_on", sa.Date(), nullable=True),
        sa.CheckConstraint(
            "evidence_direction IN ('positive', 'mixed', 'none', 'negative')",
            name=op.f("ck_initiatives_evidence_direction_known"),
        ),
        sa.CheckConstraint(
            "procurement IN ('open', 'selective', 'limited', 'direct', 'in-house', 'innovation-challenge')",
            name=op.f("ck_initiatives_procurement_known"),
        ),
        sa.CheckConstraint(
            "scale IN ('pilot', 'district', 'city-wide', 'several-cities')", name=op.f("ck_initiatives_scale_known")
        ),
        sa.CheckConstraint(
            "stage IN ('idea', 'planning', 'pilot', 'operational', 'scaled', 'completed', 'discontinued')",
            name=op.f("ck_initiatives_stage_known"),
        ),
        sa.CheckConstraint("cost_amount >= 0", name=op.f("ck_initiatives_cost_not_negative")),
        sa.CheckConstraint(
            "cost_amount IS NULL OR cost_currency IS NOT NULL", name=op.f("ck_initiatives_cost_has_currency")
        ),
        sa.CheckConstraint("evidence_level BETWEEN 0 AND 5", name=op.f("ck_initiatives_evidence_level_range")),
        sa.ForeignKeyConstraint(
            ["adapted_from_id"], ["initiatives.id"], name=op.f("fk_initiatives_adapted_from_id_initiatives")
        ),
        sa.ForeignKeyConstraint(["leader_id"], ["leaders.id"], name=op.f("fk_initiatives_leader_id_leaders")),
        sa.ForeignKeyConstraint(["vision_id"], ["visions.id"], name=op.f("fk_initiatives_vision_id_visions")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_initiatives")),
        sa.UniqueConstraint("slug", name=op.f("uq_initiatives_slug")),
    )
    with op.batch_alter_table("initiatives", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_initiatives_adapted_from_id"), ["adapted_from_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_initiatives_created_at"), ["created_at"], unique=False)
        batch_op.create_index(batch_op.f("ix_initiatives_leader_id"), ["leader_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_initiatives_stage"), ["stage"], unique=False)
        batch_op.create_index(batch_op.f("ix_initiatives_start_year"), ["start_year"], unique=False)
        batch_op.create_index(batch_op.f("ix_initiatives_vision_id"), ["vision_id"], unique=False)

    op.create_table(
        "vision_goals",
        sa.Column("vision_id", sa.Integer(), nullable=False),
        sa.Column("goal_number", sa.Integer(), nullable=False),
        sa.Column("origin", sa.String(length=60), nullable=False),
        sa.CheckConstraint("origin IN ('editor', 'suggestion')", name=op.f("ck_vision_goals_origin_known")),
        sa.ForeignKeyConstraint(["goal_number"], ["goals.number"], name=op.f("fk_vision_goals_goal_number_goals")),
        sa.ForeignKeyConstraint(
            ["vision_id"], ["visions.id"], name=op.f("fk_vision_goals_vision_id_visions"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("vision_id", "goal_number", name=op.f("pk_vision_goals")),
    )
    with op.batch_alter_table("vision_goals", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_vision_goals_goal_number"), ["goal_number"], unique=False)

    op.create_table(
        "vision_sources",
        sa.Column("vision_id", sa.Integer(), nullable=False),
        sa.Column("source_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["source_id"], ["sources.id"], name=op.f("fk_vision_sources_source_id_sources")),
        sa.ForeignKeyConstraint(
            ["vision_id"], ["visions.id"], name=op.f("fk_vision_sources_vision_id_visions"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("vision_id", "source_id", name=op.f("pk_vision_sources")),
    )
    with op.batch_alter_table("vision_sources", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_vision_sources_source_id"), ["source_id"], unique=False)

    op.create_table(
        "initiative_challenges",
        sa.Column("initiative_id", sa.Integer(), nullable=False),
        sa.Column("challenge_code", sa.String(length=60), nullable=False),
        sa.ForeignKeyConstraint(
            ["challenge_code"], ["challenges.code"], name=op.f("fk_initiative_challenges_challenge_code_challenges")
        ),
        sa.ForeignKeyConstraint(
            ["initiative_id"],
            ["initiatives.id"],
            name=op.f("fk_initiative_challenges_initiative_id_initiatives"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("initiative_id", "challenge_code", name=op.f("pk_initiative_challenges")),
    )
    with op.batch_alter_table("initiative_challenges", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_initiative_challenges_challenge_code"), ["challenge_code"], unique=False)

    op.create_table(
        "initiative_cities",
        sa.Column("initiative_id", sa.Integer(), nullable=False),
        sa.Column("city_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["city_id"], ["cities.id"], name=op.f("fk_initiative_cities_city_id_cities")),
        sa.ForeignKeyConstraint(
            ["initiative_id"],
            ["initiatives.id"],
            name=op.f("fk_initiative_cities_initiative_id_initiatives"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("initiative_id", "city_id", name=op.f("pk_initiative_cities")),
    )
    with op.batch_alter_table("initiative_cities", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_initiative_cities_city_id"), ["city_id"], unique=False)

    op.create_table(
        "initiative_funding",
        sa.Column("initiative_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.CheckConstraint(
            "kind IN ('own-budget', 'transfer', 'ppp', 'bond', 'development-bank', 'bilateral-donor', 'philanthropy', 'user-fees', 'crowdfunding', 'in-kind')",
            name=op.f("ck_initiative_funding_kind_known"),
        ),
        sa.ForeignKeyConstraint(
            ["initiative_id"],
            ["initiatives.id"],
            name=op.f("fk_initiative_funding_initiative_id_initiatives"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("initiative_id", "kind", name=op.f("pk_initiative_funding")),
    )
    op.create_table(
        "initiative_goals",
        sa.Column("initiative_id", sa.Integer(), nullable=False),
        sa.Column("goal_number", sa.Integer(), nullable=False),
        sa.Column("origin", sa.String(length=60), nullable=False),
        sa.CheckConstraint("origin IN ('editor', 'suggestion')", name=op.f("ck_initiative_goals_origin_known")),
        sa.ForeignKeyConstraint(["goal_number"], ["goals.number"], name=op.f("fk_initiative_goals_goal_number_goals")),
        sa.ForeignKeyConstraint(
            ["initiative_id"],
            ["initiatives.id"],
            name=op.f("fk_initiative_goals_initiative_id_initiatives"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("initiative_id", "goal_number", name=op.f("pk_initiative_goals")),
    )
    with op.batch_alter_table("initiative_goals", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_initiative_goals_goal_number"), ["goal_number"], unique=False)

    op.create_table(
        "initiative_sources",
        sa.Column("initiative_id", sa.Integer(), nullable=False),
        sa.Column("source_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("title", sa.String(length=300), nullable=True),
        sa.ForeignKeyConstraint(
            ["initiative_id"],
            ["initiatives.id"],
            name=op.f("fk_initiative_sources_initiative_id_initiatives"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(["source_id"], ["sources.id"], name=op.f("fk_initiative_sources_source_id_sources")),
        sa.PrimaryKeyConstraint("initiative_id", "source_id", name=op.f("pk_initiative_sources")),
    )
    with op.batch_alter_table("initiative_sources", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_initiative_sources_source_id"), ["source_id"], unique=False)

    op.create_table(
        "initiative_targets",
        sa.Column("initiative_id", sa.Integer(), nullable=False),
        sa.Column("target_code", sa.String(length=6), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("origin", sa.String(length=60), nullable=False),
        sa.CheckConstraint("origin IN ('editor', 'suggestion')", name=op.f("ck_initiative_targets_origin_known")),
        sa.ForeignKeyConstraint(
            ["initiative_id"],
            ["initiatives.id"],
            name=op.f("fk_initiative_targets_initiative_id_initiatives"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["target_code"], ["targets.code"], name=op.f("fk_initiative_targets_target_code_targets")
        ),
        sa.PrimaryKeyConstraint("initiative_id", "target_code", name=op.f("pk_initiative_targets")),
    )
    with op.batch_alter_table("initiative_targets", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_initiative_targets_target_code"), ["target_code"], unique=False)

    op.create_table(
        "initiative_technologies",
        sa.Column("initiative_id", sa.Integer(), nullable=False),
        sa.Column("technology_code", sa.String(length=60), nullable=False),
        sa.ForeignKeyConstraint(
            ["initiative_id"],
            ["initiatives.id"],
            name=op.f("fk_initiative_technologies_initiative_id_initiatives"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["technology_code"],
            ["technologies.code"],
            name=op.f("fk_initiative_technologies_technology_code_technologies"),
        ),
        sa.PrimaryKeyConstraint("initiative_id", "technology_code", name=op.f("pk_initiative_technologies")),
    )
    with op.batch_alter_table("initiative_technologies", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_initiative_technologies_technology_code"), ["technology_code"], unique=False
        )

    op.create_table(
        "outcomes",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("initiative_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("measure", sa.String(length=300), nullable=False),
        sa.Column("value", sa.Double(), nullable=True),
        sa.Column("unit", sa.String(length=300), nullable=True),
        sa.Column("qualifier", sa.String(length=60), nullable=True),
        sa.Column("year", sa.Integer(), nullable=True),
        sa.Column("baseline_value", sa.Double(), nullable=True),
        sa.Column("baseline_year", sa.Integer(), nullable=True),
        sa.Column("is_target", sa.Boolean(), nullable=False),
        sa.Column("direction", sa.String(length=60), nullable=True),
        sa.Column("source_id", sa.Integer(), nullable=True),
        sa.CheckConstraint(
            "direction IN ('positive', 'mixed', 'none', 'negative')", name=op.f("ck_outcomes_direction_known")
        ),
        sa.ForeignKeyConstraint(
            ["initiative_id"],
            ["initiatives.id"],
            name=op.f("fk_outcomes_initiative_id_initiatives"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(["source_id"], ["sources.id"], name=op.f("fk_outcomes_source_id_sources")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outcomes")),
    )
    with op.batch_alter_table("outcomes", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_outcomes_initiative_id"), ["initiative_id"], unique=False)

    op.create_table(
        "partners",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("initiative_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=300), nullable=False),
        sa.Column("role", sa.String(length=60), nullable=True),
        sa.CheckConstraint(
            "role IN ('lead', 'public', 'private', 'academic', 'civil-society', 'funder', 'international-organisation')",
            name=op.f("ck_partners_role_known"),
        ),
        sa.ForeignKeyConstraint(
            ["initiative_id"],
            ["initiatives.id"],
            name=op.f("fk_partners_initiative_id_initiatives"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_partners")),
    )
    with op.batch_alter_table("partners", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_partners_initiative_id"), ["initiative_id"], unique=False)


def downgrade() -> None:
    """Go back down."""
    with op.batch_alter_table("partners", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_partners_initiative_id"))

    op.drop_table("partners")
    with op.batch_alter_table("outcomes", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_outcomes_initiative_id"))

    op.drop_table("outcomes")
    with op.batch_alter_table("initiative_technologies", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_initiative_technologies_technology_code"))

    op.drop_table("initiative_technologies")
    with op.batch_alter_table("initiative_targets", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_initiative_targets_target_code"))

    op.drop_table("initiative_targets")
    with op.batch_alter_table("initiative_sources", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_initiative_sources_source_id"))

    op.drop_table("initiative_sources")
    with op.batch_alter_table("initiative_goals", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_initiative_goals_goal_number"))

    op.drop_table("initiative_goals")
    op.drop_table("initiative_funding")
    with op.batch_alter_table("initiative_cities", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_initiative_cities_city_id"))

    op.drop_table("initiative_cities")
    with op.batch_alter_table("initiative_challenges", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_initiative_challenges_challenge_code"))

    op.drop_table("initiative_challenges")
    with op.batch_alter_table("vision_sources", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_vision_sources_source_id"))

    op.drop_table("vision_sources")
    with op.batch_alter_table("vision_goals", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_vision_goals_goal_number"))

    op.drop_table("vision_goals")
    with op.batch_alter_table("initiatives", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_initiatives_vision_id"))
        batch_op.drop_index(batch_op.f("ix_initiatives_start_year"))
        batch_op.drop_index(batch_op.f("ix_initiatives_stage"))
        batch_op.drop_index(batch_op.f("ix_initiatives_leader_id"))
        batch_op.drop_index(batch_op.f("ix_initiatives_created_at"))
        batch_op.drop_index(batch_op.f("ix_initiatives_adapted_from_id"))

    op.drop_table("initiatives")
    with op.batch_alter_table("visions", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_visions_created_at"))
        batch_op.drop_index(batch_op.f("ix_visions_city_id"))

    op.drop_table("visions")
    with op.batch_alter_table("leader_terms", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_leader_terms_leader_id"))
        batch_op.drop_index(batch_op.f("ix_leader_terms_city_id"))

    op.drop_table("leader_terms")
    with op.batch_alter_table("city_sources", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_city_sources_source_id"))

    op.drop_table("city_sources")
    with op.batch_alter_table("city_challenges", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_city_challenges_challenge_code"))

    op.drop_table("city_challenges")
    with op.batch_alter_table("place_names", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_place_names_folded"))

    op.drop_table("place_names")
    with op.batch_alter_table("cities", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_cities_created_at"))
        batch_op.drop_index(batch_op.f("ix_cities_country_code"))

    op.drop_table("cities")
    with op.batch_alter_table("places", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_places_folded"))
        batch_op.drop_index("ix_places_country_code_folded")

    op.drop_table("places")
    with op.batch_alter_table("targets", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_targets_goal_number"))

    op.drop_table("targets")
    with op.batch_alter_table("countries", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_countries_region_code"))
        batch_op.drop_index(batch_op.f("ix_countries_income_group"))

    op.drop_table("countries")
    op.drop_table("challenge_categories")
    with op.batch_alter_table("challenge_aims", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_challenge_aims_aim_code"))

    op.drop_table("challenge_aims")
    op.drop_table("technologies")
    op.drop_table("sources")
    op.drop_table("seed_records")
    op.drop_table("regions")
    with op.batch_alter_table("leaders", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_leaders_created_at"))

    op.drop_table("leaders")
    op.drop_table("goals")
    op.drop_table("changes")
    op.drop_table("challenges")
    op.drop_table("catalogue_identity")
    op.drop_table("aims")
