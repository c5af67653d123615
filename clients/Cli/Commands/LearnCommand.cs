using System.CommandLine;
using System.Globalization;
using LifelongApi.Cli.Output;
using LifelongApi.Cli.Rows;
using LifelongApi.Contracts.Learning;

namespace LifelongApi.Cli.Commands;

/// <summary><c>lifelong learn</c>: learns one example.</summary>
internal static class LearnCommand
{
    internal static Command Create(ConnectionOptions connection)
    {
        var model = new Argument<string>("model") { Description = "The model" };
        var features = new Option<string>("--features") { Description = "The example as JSON: [0.1, 2], {\"3\": 1.5} or {\"amount\": 12.5, \"country\": \"DE\"}", Required = true };
        var label = new Option<string?>("--label") { Description = "Its class" };
        var target = new Option<double[]>("--target") { Description = "Its number or numbers", AllowMultipleArgumentsPerToken = true };
        var eventId = new Option<string?>("--event-id") { Description = "Id that makes it exactly-once [default: a new one]" };
        var task = new Option<string?>("--task") { Description = "Task it belongs to" };
        var entity = new Option<string?>("--entity") { Description = "Entity it is about" };
        var occurredAt = new Option<DateTimeOffset?>("--occurred-at") { Description = "When it happened, ISO 8601" };
        var weight = new Option<double?>("--weight") { Description = "Importance weight" };
        var reward = new Option<double?>("--reward") { Description = "Reward of the moment" };
        var json = new Option<bool>("--json") { Description = "Print the result as JSON" };
        var command = new Command("learn", "Learn one example; without label and target it is only observed") { model, features, label, target, eventId, task, entity, occurredAt, weight, reward, json };
        command.SetWork(async (parse, cancellationToken) =>
        {
            using var client = connection.Client(parse);
            var learnEvent = new LearnEvent
            {
                EventId = parse.GetValue(eventId),
                Features = FeatureText.Parse(parse.GetRequiredValue(features)),
                Label = parse.GetValue(label),
                Target = parse.GetValue(target) is { Length: > 0 } numbers ? numbers : null,
                Task = parse.GetValue(task),
                Entity = parse.GetValue(entity),
                OccurredAt = parse.GetValue(occurredAt),
                Weight = parse.GetValue(weight),
                Reward = parse.GetValue(reward),
            };
            var result = await client.LearnAsync(parse.GetRequiredValue(model), learnEvent, cancellationToken);
            if (parse.GetValue(json))
            {
                await JsonOutput.WriteAsync(result);
                return CommandActions.Done;
            }

            Console.WriteLine($"{result.Status}{(result.Reason is { } reason ? $" ({reason})" : "")} at {result.Position}");
            Console.WriteLine($"predicted before: {PredictionText.Describe(result.Prediction)}");
            if (result.Loss is { } loss)
            {
                Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"loss: {loss:G6}"));
            }

            ShowLevels("plasticity", result.Plasticity);
            ShowLevels("modulators", result.Modulators);
            ShowLevels("protection", result.Protection);
            return CommandActions.Done;
        });
        return command;
    }

    private static void ShowLevels(string name, IReadOnlyDictionary<string, float>? levels)
    {
        if (levels is { Count: > 0 })
        {
            Console.WriteLine($"{name}: {string.Join(", ", levels.Select(level => string.Create(CultureInfo.InvariantCulture, $"{level.Key} {level.Value:G4}")))}");
        }
    }
}
