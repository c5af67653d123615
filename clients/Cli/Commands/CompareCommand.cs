using System.CommandLine;
using System.Globalization;
using LifelongApi.Cli.Output;
using LifelongApi.Contracts.Models;

namespace LifelongApi.Cli.Commands;

/// <summary><c>lifelong compare</c>: a follower beside the leader of its stream.</summary>
internal static class CompareCommand
{
    internal static Command Create(ConnectionOptions connection)
    {
        var model = new Argument<string>("challenger") { Description = "The follower" };
        var json = new Option<bool>("--json") { Description = "Print JSON" };
        var command = new Command("compare", "Compare a follower with the leader of its stream, on the same events") { model, json };
        command.SetWork(async (parse, cancellationToken) =>
        {
            using var client = connection.Client(parse);
            var comparison = await client.CompareAsync(parse.GetRequiredValue(model), cancellationToken);
            await (parse.GetValue(json) ? JsonOutput.WriteAsync(comparison) : Console.Out.WriteLineAsync(Describe(comparison)));
            return CommandActions.Done;
        });
        return command;
    }

    private static string Describe(ComparisonInfo comparison) => comparison.Events == 0 ? $"{comparison.Challenger} and {comparison.Leader} have no events in common yet." : string.Create(
        CultureInfo.InvariantCulture,
        $"{comparison.Challenger} is {comparison.Verdict}: {comparison.Measure} {comparison.ChallengerScore:G4} beside {comparison.LeaderScore:G4} of {comparison.Leader} on {comparison.Events:N0} events; difference {comparison.Difference:G3} in [{comparison.DifferenceLow:G3}, {comparison.DifferenceHigh:G3}], evidence {comparison.EvidenceBetter:G3} for better, {comparison.EvidenceWorse:G3} for worse{(comparison.Pending > 0 ? $"; {comparison.Pending:N0} sequences to go" : "")}");
}
