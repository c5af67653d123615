using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace LifelongApi.Storage.Migrations.Sqlite
{
    /// <inheritdoc />
    public partial class OrderedIds : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.RenameColumn(
                name: "id_hash",
                table: "events",
                newName: "id_key");

            migrationBuilder.RenameColumn(
                name: "id_hash",
                table: "event_ids",
                newName: "id_key");

            migrationBuilder.AddColumn<short>(
                name: "id_scheme",
                table: "streams",
                type: "INTEGER",
                nullable: false,
                defaultValue: (short)0);
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropColumn(
                name: "id_scheme",
                table: "streams");

            migrationBuilder.RenameColumn(
                name: "id_key",
                table: "events",
                newName: "id_hash");

            migrationBuilder.RenameColumn(
                name: "id_key",
                table: "event_ids",
                newName: "id_hash");
        }
    }
}
