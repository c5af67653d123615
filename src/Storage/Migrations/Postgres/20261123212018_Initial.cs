using Microsoft.EntityFrameworkCore.Migrations;
using Npgsql.EntityFrameworkCore.PostgreSQL.Metadata;

#nullable disable

namespace LifelongApi.Storage.Migrations.Postgres
{
    /// <inheritdoc />
    public partial class Initial : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.CreateTable(
                name: "api_keys",
                columns: table => new
                {
                    name = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    hash = table.Column<byte[]>(type: "bytea", nullable: false),
                    scopes = table.Column<string>(type: "text", nullable: false),
                    created_at = table.Column<long>(type: "bigint", nullable: false),
                    revoked_at = table.Column<long>(type: "bigint", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_api_keys", x => x.name);
                });

            migrationBuilder.CreateTable(
                name: "encoders",
                columns: table => new
                {
                    id = table.Column<long>(type: "bigint", nullable: false)
                        .Annotation("Npgsql:ValueGenerationStrategy", NpgsqlValueGenerationStrategy.IdentityByDefaultColumn),
                    name = table.Column<string>(type: "text", nullable: false),
                    hash = table.Column<byte[]>(type: "bytea", nullable: false),
                    runtime = table.Column<string>(type: "text", nullable: false),
                    output_length = table.Column<int>(type: "integer", nullable: false),
                    description = table.Column<string>(type: "text", nullable: false),
                    bytes = table.Column<byte[]>(type: "bytea", nullable: true),
                    created_at = table.Column<long>(type: "bigint", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_encoders", x => x.id);
                });

            CreateJournalTables(migrationBuilder);

            migrationBuilder.CreateTable(
                name: "operations",
                columns: table => new
                {
                    id = table.Column<string>(type: "text", nullable: false),
                    kind = table.Column<string>(type: "text", nullable: false),
                    model_id = table.Column<long>(type: "bigint", nullable: true),
                    stream_id = table.Column<long>(type: "bigint", nullable: true),
                    state = table.Column<short>(type: "smallint", nullable: false),
                    actor = table.Column<string>(type: "text", nullable: true),
                    request = table.Column<string>(type: "text", nullable: false),
                    checkpoint = table.Column<string>(type: "text", nullable: true),
                    result = table.Column<string>(type: "text", nullable: true),
                    problem = table.Column<string>(type: "text", nullable: true),
                    units_done = table.Column<long>(type: "bigint", nullable: false),
                    units_total = table.Column<long>(type: "bigint", nullable: true),
                    cancel_requested = table.Column<bool>(type: "boolean", nullable: false),
                    created_at = table.Column<long>(type: "bigint", nullable: false),
                    started_at = table.Column<long>(type: "bigint", nullable: true),
                    updated_at = table.Column<long>(type: "bigint", nullable: false),
                    finished_at = table.Column<long>(type: "bigint", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_operations", x => x.id);
                });

            migrationBuilder.CreateTable(
                name: "pages",
                columns: table => new
                {
                    hash = table.Column<byte[]>(type: "bytea", nullable: false),
                    length = table.Column<int>(type: "integer", nullable: false),
                    encoding = table.Column<short>(type: "smallint", nullable: false),
                    bytes = table.Column<byte[]>(type: "bytea", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_pages", x => x.hash);
                });

            migrationBuilder.CreateTable(
                name: "streams",
                columns: table => new
                {
                    id = table.Column<long>(type: "bigint", nullable: false)
                        .Annotation("Npgsql:ValueGenerationStrategy", NpgsqlValueGenerationStrategy.IdentityByDefaultColumn),
                    name = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    epoch = table.Column<long>(type: "bigint", nullable: false),
                    last_sequence = table.Column<long>(type: "bigint", nullable: false),
                    event_count = table.Column<long>(type: "bigint", nullable: false),
                    base_sequence = table.Column<long>(type: "bigint", nullable: false),
                    parent_stream_id = table.Column<long>(type: "bigint", nullable: true),
                    deduplicates_from = table.Column<long>(type: "bigint", nullable: true),
                    salt = table.Column<byte[]>(type: "bytea", nullable: false),
                    created_at = table.Column<long>(type: "bigint", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_streams", x => x.id);
                    table.ForeignKey(
                        name: "fk_streams_streams_parent_stream_id",
                        column: x => x.parent_stream_id,
                        principalTable: "streams",
                        principalColumn: "id",
                        onDelete: ReferentialAction.SetNull);
                });

            migrationBuilder.CreateTable(
                name: "feature_names",
                columns: table => new
                {
                    stream_id = table.Column<long>(type: "bigint", nullable: false),
                    id = table.Column<int>(type: "integer", nullable: false),
                    name = table.Column<string>(type: "text", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_feature_names", x => new { x.stream_id, x.id });
                    table.ForeignKey(
                        name: "fk_feature_names_streams_stream_id",
                        column: x => x.stream_id,
                        principalTable: "streams",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Cascade);
                });

            migrationBuilder.CreateTable(
                name: "models",
                columns: table => new
                {
                    id = table.Column<long>(type: "bigint", nullable: false)
                        .Annotation("Npgsql:ValueGenerationStrategy", NpgsqlValueGenerationStrategy.IdentityByDefaultColumn),
                    name = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    stream_id = table.Column<long>(type: "bigint", nullable: false),
                    is_leader = table.Column<bool>(type: "boolean", nullable: false),
                    preset = table.Column<string>(type: "text", nullable: true),
                    spec = table.Column<string>(type: "text", nullable: false),
                    lineage = table.Column<int>(type: "integer", nullable: false),
                    last_version = table.Column<int>(type: "integer", nullable: false),
                    fenced_reason = table.Column<string>(type: "text", nullable: true),
                    created_at = table.Column<long>(type: "bigint", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_models", x => x.id);
                    table.ForeignKey(
                        name: "fk_models_streams_stream_id",
                        column: x => x.stream_id,
                        principalTable: "streams",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Restrict);
                });

            migrationBuilder.CreateTable(
                name: "subjects",
                columns: table => new
                {
                    stream_id = table.Column<long>(type: "bigint", nullable: false),
                    id = table.Column<int>(type: "integer", nullable: false),
                    name_hash = table.Column<byte[]>(type: "bytea", nullable: false),
                    sealed_name = table.Column<byte[]>(type: "bytea", nullable: true),
                    key = table.Column<byte[]>(type: "bytea", nullable: true),
                    wrapped_by = table.Column<string>(type: "text", nullable: true),
                    created_at = table.Column<long>(type: "bigint", nullable: false),
                    destroyed_at = table.Column<long>(type: "bigint", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_subjects", x => new { x.stream_id, x.id });
                    table.ForeignKey(
                        name: "fk_subjects_streams_stream_id",
                        column: x => x.stream_id,
                        principalTable: "streams",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Cascade);
                });

            migrationBuilder.CreateTable(
                name: "tasks",
                columns: table => new
                {
                    stream_id = table.Column<long>(type: "bigint", nullable: false),
                    id = table.Column<int>(type: "integer", nullable: false),
                    name = table.Column<string>(type: "text", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_tasks", x => new { x.stream_id, x.id });
                    table.ForeignKey(
                        name: "fk_tasks_streams_stream_id",
                        column: x => x.stream_id,
                        principalTable: "streams",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Cascade);
                });

            migrationBuilder.CreateTable(
                name: "lineages",
                columns: table => new
                {
                    model_id = table.Column<long>(type: "bigint", nullable: false),
                    number = table.Column<int>(type: "integer", nullable: false),
                    parent = table.Column<int>(type: "integer", nullable: true),
                    parent_sequence = table.Column<long>(type: "bigint", nullable: false),
                    start_sequence = table.Column<long>(type: "bigint", nullable: false),
                    cause = table.Column<string>(type: "text", nullable: false),
                    source_model_id = table.Column<long>(type: "bigint", nullable: true),
                    source_version = table.Column<int>(type: "integer", nullable: true),
                    skipped_ranges = table.Column<string>(type: "text", nullable: false),
                    created_at = table.Column<long>(type: "bigint", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_lineages", x => new { x.model_id, x.number });
                    table.ForeignKey(
                        name: "fk_lineages_models_model_id",
                        column: x => x.model_id,
                        principalTable: "models",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Cascade);
                });

            migrationBuilder.CreateTable(
                name: "versions",
                columns: table => new
                {
                    id = table.Column<long>(type: "bigint", nullable: false)
                        .Annotation("Npgsql:ValueGenerationStrategy", NpgsqlValueGenerationStrategy.IdentityByDefaultColumn),
                    model_id = table.Column<long>(type: "bigint", nullable: false),
                    number = table.Column<int>(type: "integer", nullable: false),
                    lineage = table.Column<int>(type: "integer", nullable: false),
                    sequence = table.Column<long>(type: "bigint", nullable: false),
                    state_hash = table.Column<byte[]>(type: "bytea", nullable: false),
                    manifest = table.Column<byte[]>(type: "bytea", nullable: false),
                    statistics = table.Column<byte[]>(type: "bytea", nullable: false),
                    engine = table.Column<string>(type: "text", nullable: false),
                    pinned = table.Column<bool>(type: "boolean", nullable: false),
                    cause = table.Column<string>(type: "text", nullable: false),
                    note = table.Column<string>(type: "text", nullable: true),
                    byte_count = table.Column<long>(type: "bigint", nullable: false),
                    new_byte_count = table.Column<long>(type: "bigint", nullable: false),
                    created_at = table.Column<long>(type: "bigint", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_versions", x => x.id);
                    table.ForeignKey(
                        name: "fk_versions_models_model_id",
                        column: x => x.model_id,
                        principalTable: "models",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Cascade);
                });

            migrationBuilder.CreateTable(
                name: "version_pages",
                columns: table => new
                {
                    version_id = table.Column<long>(type: "bigint", nullable: false),
                    page_index = table.Column<int>(type: "integer", nullable: false),
                    hash = table.Column<byte[]>(type: "bytea", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_version_pages", x => new { x.version_id, x.page_index });
                    table.ForeignKey(
                        name: "fk_version_pages_pages_hash",
                        column: x => x.hash,
                        principalTable: "pages",
                        principalColumn: "hash",
                        onDelete: ReferentialAction.Restrict);
                    table.ForeignKey(
                        name: "fk_version_pages_versions_version_id",
                        column: x => x.version_id,
                        principalTable: "versions",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Cascade);
                });

            // Pages are float32 state: trying to compress them costs time and saves nothing.
            migrationBuilder.Sql("ALTER TABLE pages ALTER COLUMN bytes SET STORAGE EXTERNAL;");

            migrationBuilder.CreateIndex(
                name: "ix_api_keys_hash",
                table: "api_keys",
                column: "hash",
                unique: true);

            migrationBuilder.CreateIndex(
                name: "ix_encoders_hash",
                table: "encoders",
                column: "hash",
                unique: true);

            migrationBuilder.CreateIndex(
                name: "ix_events_kind",
                table: "events",
                columns: new[] { "stream_id", "kind", "sequence" },
                filter: "kind >= 3");

            migrationBuilder.CreateIndex(
                name: "ix_events_subject",
                table: "events",
                columns: new[] { "stream_id", "subject_id", "sequence" },
                filter: "subject_id IS NOT NULL");

            migrationBuilder.CreateIndex(
                name: "ix_models_leader",
                table: "models",
                column: "stream_id",
                unique: true,
                filter: "is_leader");

            migrationBuilder.CreateIndex(
                name: "ix_models_name",
                table: "models",
                column: "name",
                unique: true);

            migrationBuilder.CreateIndex(
                name: "ix_models_stream_id",
                table: "models",
                column: "stream_id");

            migrationBuilder.CreateIndex(
                name: "ix_operations_model_id_created_at",
                table: "operations",
                columns: new[] { "model_id", "created_at" });

            migrationBuilder.CreateIndex(
                name: "ix_operations_state_created_at",
                table: "operations",
                columns: new[] { "state", "created_at" });

            migrationBuilder.CreateIndex(
                name: "ix_streams_name",
                table: "streams",
                column: "name",
                unique: true);

            migrationBuilder.CreateIndex(
                name: "ix_streams_parent_stream_id",
                table: "streams",
                column: "parent_stream_id");

            migrationBuilder.CreateIndex(
                name: "ix_subjects_stream_id_name_hash",
                table: "subjects",
                columns: new[] { "stream_id", "name_hash" },
                unique: true,
                filter: "destroyed_at IS NULL");

            migrationBuilder.CreateIndex(
                name: "ix_tasks_stream_id_name",
                table: "tasks",
                columns: new[] { "stream_id", "name" },
                unique: true);

            migrationBuilder.CreateIndex(
                name: "ix_version_pages_hash",
                table: "version_pages",
                column: "hash");

            migrationBuilder.CreateIndex(
                name: "ix_versions_model_id_lineage_sequence",
                table: "versions",
                columns: new[] { "model_id", "lineage", "sequence" });

            migrationBuilder.CreateIndex(
                name: "ix_versions_model_id_number",
                table: "versions",
                columns: new[] { "model_id", "number" },
                unique: true);
        }

        // Entity Framework has no word for partitions. The model knows these as plain tables with the same columns and keys.
        // The scheme never changes: 16 partitions by hash of the stream (outcomes: of the model), see docs/journal.md.
        private static void CreateJournalTables(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.Sql(
                """
                CREATE TABLE event_ids (
                    stream_id bigint NOT NULL,
                    id_hash bytea NOT NULL,
                    sequence bigint NOT NULL,
                    CONSTRAINT pk_event_ids PRIMARY KEY (stream_id, id_hash)
                ) PARTITION BY HASH (stream_id);

                CREATE TABLE events (
                    stream_id bigint NOT NULL,
                    sequence bigint NOT NULL,
                    event_id text NOT NULL,
                    id_hash bytea NOT NULL,
                    kind smallint NOT NULL,
                    task_id integer NULL,
                    entity text NULL,
                    subject_id integer NULL,
                    actor text NULL,
                    occurred_at bigint NULL,
                    received_at bigint NOT NULL,
                    weight real NOT NULL,
                    payload bytea NOT NULL,
                    payload_hash bytea NOT NULL,
                    CONSTRAINT pk_events PRIMARY KEY (stream_id, sequence)
                ) PARTITION BY HASH (stream_id);

                CREATE TABLE outcomes (
                    model_id bigint NOT NULL,
                    lineage integer NOT NULL,
                    sequence bigint NOT NULL,
                    payload bytea NOT NULL,
                    CONSTRAINT pk_outcomes PRIMARY KEY (model_id, lineage, sequence)
                ) PARTITION BY HASH (model_id);
                """);
            foreach (var table in new[] { "event_ids", "events", "outcomes" })
            {
                for (var partition = 0; partition < 16; partition++)
                {
                    migrationBuilder.Sql(FormattableString.Invariant(
                        $"CREATE TABLE {table}_p{partition:00} PARTITION OF {table} FOR VALUES WITH (MODULUS 16, REMAINDER {partition});"));
                }
            }
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropTable(
                name: "api_keys");

            migrationBuilder.DropTable(
                name: "encoders");

            migrationBuilder.DropTable(
                name: "event_ids");

            migrationBuilder.DropTable(
                name: "events");

            migrationBuilder.DropTable(
                name: "feature_names");

            migrationBuilder.DropTable(
                name: "lineages");

            migrationBuilder.DropTable(
                name: "operations");

            migrationBuilder.DropTable(
                name: "outcomes");

            migrationBuilder.DropTable(
                name: "subjects");

            migrationBuilder.DropTable(
                name: "tasks");

            migrationBuilder.DropTable(
                name: "version_pages");

            migrationBuilder.DropTable(
                name: "pages");

            migrationBuilder.DropTable(
                name: "versions");

            migrationBuilder.DropTable(
                name: "models");

            migrationBuilder.DropTable(
                name: "streams");
        }
    }
}
