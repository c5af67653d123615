using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace LifelongApi.Storage.Migrations.Sqlite
{
    /// <inheritdoc />
    public partial class Probes : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.CreateTable(
                name: "probe_scores",
                columns: table => new
                {
                    model_id = table.Column<long>(type: "INTEGER", nullable: false),
                    lineage = table.Column<int>(type: "INTEGER", nullable: false),
                    sequence = table.Column<long>(type: "INTEGER", nullable: false),
                    task = table.Column<string>(type: "TEXT", nullable: false),
                    probe_hash = table.Column<byte[]>(type: "BLOB", nullable: false),
                    row_count = table.Column<long>(type: "INTEGER", nullable: false),
                    right_count = table.Column<long>(type: "INTEGER", nullable: false),
                    absolute_error = table.Column<double>(type: "REAL", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_probe_scores", x => new { x.model_id, x.lineage, x.sequence, x.task });
                    table.ForeignKey(
                        name: "fk_probe_scores_models_model_id",
                        column: x => x.model_id,
                        principalTable: "models",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Cascade);
                });

            migrationBuilder.CreateTable(
                name: "probes",
                columns: table => new
                {
                    stream_id = table.Column<long>(type: "INTEGER", nullable: false),
                    task = table.Column<string>(type: "TEXT", nullable: false),
                    hash = table.Column<byte[]>(type: "BLOB", nullable: false),
                    row_count = table.Column<int>(type: "INTEGER", nullable: false),
                    payloads = table.Column<byte[]>(type: "BLOB", nullable: false),
                    actor = table.Column<string>(type: "TEXT", nullable: true),
                    created_at = table.Column<long>(type: "INTEGER", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_probes", x => new { x.stream_id, x.task });
                    table.ForeignKey(
                        name: "fk_probes_streams_stream_id",
                        column: x => x.stream_id,
                        principalTable: "streams",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Cascade);
                });
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropTable(
                name: "probe_scores");

            migrationBuilder.DropTable(
                name: "probes");
        }
    }
}
