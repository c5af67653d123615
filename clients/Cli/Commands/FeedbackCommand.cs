using System.CommandLine;
using System.Globalization;
using LifelongApi.Cli.Output;
using LifelongApi.Contracts.Learning;

namespace LifelongApi.Cli.Commands;

/// <summary><c>lifelong feedback</c>: tells what became known about an earlier event.</summary>
internal static class FeedbackCommand
{
    internal static Command Create(ConnectionOptions connection)
    {
        var model = new Argument<string>("model") { Description = "The model" };
        var eventId = new Option<string>("--event-id") { Description = "Id of the earlier event: of predict --remember, or of an event that was learned", Required = true };
        var label = new Option<string?>("--label") { Description = "Its class" };
        var target = new Option<double[]>("--target") { Description = "Its number or numbers", AllowMultipleArgumentsPerToken = true };
        var reward = new Option<double?>("--reward") { Description = "Its reward" };
        var weight = new Option<double?>("--weight") { Description = "Importance weight" };
        var json = new Option<bool>("--json") { Description = "Print the result as JSON" };
        var command = new Command("feedback", "Tell the label, target or reward of an earlier event; the model learns from its stored input") { model, eventId, label, target, reward, weight, json };
        command.Validators.Add(result =>
        {
            if (result.GetValue(label) is null && result.GetValue(target) is not { Length: > 0 } && result.GetValue(reward) is null)
            {
                result.AddError("Give --label, --target or --reward.");
            }
        });
        command.SetWork(async (parse, cancellationToken) =>
        {
            using var client = connection.Client(parse);
            var feedback = new FeedbackRequest
            {
                EventId = parse.GetRequiredValue(eventId),
                Label = parse.GetValue(label),
                Target = parse.GetValue(target) is { Length: > 0 } numbers ? numbers : null,
                Reward = parse.GetValue(reward),
                Weight = parse.GetValue(weight),
            };
            var result = await client.FeedbackAsync(parse.GetRequiredValue(model), feedback, cancellationToken);
            await (parse.GetValue(json) ? JsonOutput.WriteAsync(result) : Console.Out.WriteLineAsync(Describe(result)));
            return CommandActions.Done;
        });
        return command;
    }

    private static string Describe(LearnResult result) => string.Create(
        CultureInfo.InvariantCulture,
        $"{result.Status}{(result.Reason is { } reason ? $" ({reason})" : "")} at {result.Position}, {result.Feedback?.DelaySeconds:0.###} s after sequence {result.Feedback?.Sequence}; predicted before: {PredictionText.Describe(result.Prediction)}");
}
