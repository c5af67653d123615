using System.CommandLine;
using System.Text.Json;
using LifelongApi.Cli.Output;
using LifelongApi.Cli.Rows;
using LifelongApi.Contracts;
using LifelongApi.Contracts.Models;

namespace LifelongApi.Cli.Commands;

/// <summary><c>lifelong create</c>: creates a model from a preset or a spec file.</summary>
internal static class CreateCommand
{
    internal static Command Create(ConnectionOptions connection)
    {
        var name = new Argument<string>("name") { Description = "Its name" };
        var preset = new Option<string?>("--preset") { Description = "classifier, regressor, compact (a few kB of state), anomaly, classifier-large or analytic" };
        var spec = new Option<string?>("--spec") { Description = "JSON file with the body of PUT /v1/models/{model}; the other options change it" };
        var input = new Option<string?>("--input") { Description = "vector:N, image:HxW[xC], sparse:N, named, encoder:NAME[:TENSOR]" };
        var seed = new Option<ulong?>("--seed") { Description = "Seed of every random draw" };
        var balance = new Option<float?>("--balance") { Description = "Weigh rare classes more, at most by this factor" };
        var abstain = new Option<float?>("--abstain-below") { Description = "Withhold a class whose probability is below this" };
        var entities = new Option<int?>("--entities") { Description = "Adapt to entities, with so many of them in memory" };
        var follow = new Option<string?>("--follow") { Description = "Learn from this stream, after the model that leads it" };
        var from = new Option<FollowFrom?>("--from") { Description = "With --follow: beginning (default) or now" };
        var challenge = new Option<double?>("--challenge") { Description = "With --follow: take the lead when the comparison says so, wrongly with at most this probability (0.01), and give it back when that was wrong" };
        var json = new Option<bool>("--json") { Description = "Print the model as JSON" };
        var command = new Command("create", "Create a model") { name, preset, spec, input, seed, balance, abstain, entities, follow, from, challenge, json };
        command.Validators.Add(result =>
        {
            if (result.GetValue(preset) is null && result.GetValue(spec) is null)
            {
                result.AddError("Give --preset or --spec.");
            }
        });
        command.SetWork(async (parse, cancellationToken) =>
        {
            using var client = connection.Client(parse);
            var request = parse.GetValue(spec) is { } path ? await ReadAsync(path, cancellationToken) : new CreateModelRequest();
            request = request with
            {
                Preset = parse.GetValue(preset) ?? request.Preset,
                Input = parse.GetValue(input) is { } text ? InputText.Parse(text) : request.Input,
                Seed = parse.GetValue(seed) ?? request.Seed,
                Balance = parse.GetValue(balance) is { } limit ? new BalanceSpec { Limit = limit } : request.Balance,
                Entities = parse.GetValue(entities) is { } capacity ? (request.Entities ?? new EntitiesSpec()) with { Capacity = capacity } : request.Entities,
                AbstainBelow = parse.GetValue(abstain) ?? request.AbstainBelow,
                Follow = parse.GetValue(follow) ?? request.Follow,
                From = parse.GetValue(from) ?? request.From,
                Challenge = parse.GetValue(challenge) is { } alpha ? (request.Challenge ?? new ChallengeSpec()) with { Alpha = alpha } : request.Challenge,
            };
            var model = await client.CreateModelAsync(parse.GetRequiredValue(name), request, cancellationToken);
            if (parse.GetValue(json))
            {
                await JsonOutput.WriteAsync(model);
            }
            else
            {
                Console.WriteLine($"{model.Name}: {model.Preset ?? "by hand"}, {model.StateBytes} bytes of state, {model.StateHash}");
            }

            return CommandActions.Done;
        });
        return command;
    }

    private static async Task<CreateModelRequest> ReadAsync(string path, CancellationToken cancellationToken)
    {
        await using var file = InputFile.Open(path);
        return await JsonSerializer.DeserializeAsync<CreateModelRequest>(file.Content, ContractJson.Options, cancellationToken)
            ?? throw new CliException($"'{path}' holds null.");
    }
}
