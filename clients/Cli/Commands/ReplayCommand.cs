using System.CommandLine;
using System.Globalization;
using LifelongApi.Cli.Output;
using LifelongApi.Cli.Replay;

namespace LifelongApi.Cli.Commands;

/// <summary><c>lifelong replay</c>: sends the journal of one model to another one with a stream of its own, for instance behind another encoder. Running it again resumes.</summary>
internal static class ReplayCommand
{
    internal static Command Create(ConnectionOptions connection)
    {
        var source = new Argument<string>("source") { Description = "The model whose journal is read; needs the scope admin" };
        var target = new Argument<string>("target") { Description = "The model that learns it; create it first" };
        var json = new Option<bool>("--json") { Description = "Print the counts as JSON" };
        var command = new Command("replay", "Send the journal of a model to another model, event by event") { source, target, json };
        command.SetWork(async (parse, cancellationToken) =>
        {
            using var client = connection.Client(parse, TimeSpan.FromSeconds(30));
            var to = await client.GetModelAsync(parse.GetRequiredValue(target), cancellationToken);
            await using var journal = client.ListHistoryAsync(parse.GetRequiredValue(source), oldestFirst: true, cancellationToken).GetAsyncEnumerator(cancellationToken);
            var replay = new JournalReplay(client, journal, to.Name, to.Stream);
            await replay.RunAsync(cancellationToken);
            var tally = replay.Tally;
            await (parse.GetValue(json)
                ? JsonOutput.WriteAsync(tally)
                : Console.Out.WriteLineAsync(string.Create(CultureInfo.InvariantCulture, $"{tally.Taken:N0} taken, {tally.Duplicates:N0} known, {tally.Skipped:N0} skipped, {tally.Erased:N0} erased")));
            return CommandActions.Done;
        });
        return command;
    }
}
