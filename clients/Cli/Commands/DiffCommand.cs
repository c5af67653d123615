using System.CommandLine;
using System.Globalization;
using LifelongApi.Cli.Output;
using LifelongApi.Contracts.Admin;
using Spectre.Console;

namespace LifelongApi.Cli.Commands;

/// <summary><c>lifelong diff</c>: what changed between two versions.</summary>
internal static class DiffCommand
{
    internal static Command Create(ConnectionOptions connection)
    {
        var model = new Argument<string>("model") { Description = "The model" };
        var from = new Argument<int>("from") { Description = "Number of the first version" };
        var to = new Argument<int>("to") { Description = "Number of the second version" };
        var json = new Option<bool>("--json") { Description = "Print the difference as JSON" };
        var command = new Command("diff", "Compare two versions: pages, then slots of the state") { model, from, to, json };
        command.SetWork(async (parse, cancellationToken) =>
        {
            using var client = connection.Client(parse);
            var diff = await client.DiffAsync(parse.GetRequiredValue(model), parse.GetRequiredValue(from), parse.GetRequiredValue(to), cancellationToken);
            if (parse.GetValue(json))
            {
                await JsonOutput.WriteAsync(diff);
                return CommandActions.Done;
            }

            AnsiConsole.Write(PlainTable.Of(
                FormattableString.Invariant($"{diff.Model}: version {diff.From} at {diff.FromPosition} to {diff.To} at {diff.ToPosition}: {diff.ChangedPages} of {diff.Pages} pages, {diff.ChangedSlots.Count} of {diff.Slots} slots"),
                ["slot", "region", "changed", "of", "added", "L2", "relative", "largest"],
                [.. diff.ChangedSlots.Select(Row)]));
            return CommandActions.Done;
        });
        return command;
    }

    private static string[] Row(SlotDiff slot) =>
    [
        slot.Slot,
        slot.Region,
        slot.Changed.ToString(CultureInfo.InvariantCulture),
        slot.Length.ToString(CultureInfo.InvariantCulture),
        slot.Added?.ToString(CultureInfo.InvariantCulture) ?? "",
        Number(slot.L2),
        Number(slot.Relative),
        Number(slot.MaxAbs),
    ];

    private static string Number(double? value) => value?.ToString("G4", CultureInfo.InvariantCulture) ?? "";
}
