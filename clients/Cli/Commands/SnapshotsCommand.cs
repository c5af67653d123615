using System.CommandLine;
using System.Globalization;
using LifelongApi.Cli.Output;
using LifelongApi.Contracts.Admin;
using Spectre.Console;

namespace LifelongApi.Cli.Commands;

/// <summary><c>lifelong snapshots</c>: lists the versions of a model, or stores one.</summary>
internal static class SnapshotsCommand
{
    internal static Command Create(ConnectionOptions connection)
    {
        var model = new Argument<string>("model") { Description = "The model" };
        var create = new Option<bool>("--create") { Description = "Store the present state as a version" };
        var note = new Option<string?>("--note") { Description = "A note to keep with it" };
        var json = new Option<bool>("--json") { Description = "Print JSON: the version made, or an array" };
        var command = new Command("snapshots", "List the stored versions of a model, or store one") { model, create, note, json };
        command.SetWork(async (parse, cancellationToken) =>
        {
            using var client = connection.Client(parse);
            var name = parse.GetRequiredValue(model);
            var snapshots = new List<SnapshotInfo>();
            if (parse.GetValue(create))
            {
                var snapshot = await client.CreateSnapshotAsync(name, parse.GetValue(note), cancellationToken);
                if (parse.GetValue(json))
                {
                    await JsonOutput.WriteAsync(snapshot);
                    return CommandActions.Done;
                }

                snapshots.Add(snapshot);
            }
            else
            {
                await foreach (var snapshot in client.ListSnapshotsAsync(name, cancellationToken))
                {
                    snapshots.Add(snapshot);
                }

                if (parse.GetValue(json))
                {
                    await JsonOutput.WriteAsync(snapshots);
                    return CommandActions.Done;
                }
            }

            Show(snapshots);
            return CommandActions.Done;
        });
        return command;
    }

    private static void Show(List<SnapshotInfo> snapshots) => AnsiConsole.Write(PlainTable.Of(
        null,
        ["version", "position", "cause", "pinned", "bytes", "new bytes", "made", "note"],
        [.. snapshots.Select(Row)]));

    private static string[] Row(SnapshotInfo snapshot) =>
    [
        snapshot.Version.ToString(CultureInfo.InvariantCulture),
        snapshot.Position,
        snapshot.Cause,
        snapshot.Pinned ? "yes" : "no",
        snapshot.Bytes.ToString("N0", CultureInfo.InvariantCulture),
        snapshot.NewBytes.ToString("N0", CultureInfo.InvariantCulture),
        snapshot.CreatedAt.ToString("u", CultureInfo.InvariantCulture),
        snapshot.Note ?? "",
    ];
}
