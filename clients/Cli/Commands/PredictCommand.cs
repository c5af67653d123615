using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using LifelongApi.Cli.Output;
using LifelongApi.Cli.Rows;
using LifelongApi.Client;
using LifelongApi.Contracts;
using LifelongApi.Contracts.Learning;

namespace LifelongApi.Cli.Commands;

/// <summary><c>lifelong predict</c>: predicts one example or the rows of a CSV file.</summary>
internal static class PredictCommand
{
    private const int BatchRows = 1_000;

    internal static Command Create(ConnectionOptions connection)
    {
        var model = new Argument<string>("model") { Description = "The model" };
        var features = new Option<string?>("--features") { Description = "One example as JSON: [0.1, 2], {\"3\": 1.5} or {\"amount\": 12.5, \"country\": \"DE\"}" };
        var csv = new Option<string?>("--csv") { Description = "Comma-separated file with a header line (.gz too)" };
        var label = new Option<string?>("--label") { Description = "CSV column that is not a feature" };
        var entity = new Option<string?>("--entity") { Description = "Entity the example is about; with --csv the column that names it" };
        var occurredAt = new Option<DateTimeOffset?>("--occurred-at") { Description = "When the example happened, ISO 8601 [default: now]" };
        var version = new Option<int?>("--model-version") { Description = "A stored version to ask instead of the present state" };
        var abstain = new Option<float?>("--abstain-below") { Description = "With --features: withhold the class where its probability is below this" };
        var explain = new Option<bool>("--explain") { Description = "With --features: show what each feature adds to the answer" };
        var top = new Option<int?>("--top") { Description = "With --explain: how many features to show (10)" };
        var json = new Option<bool>("--json") { Description = "Print JSON, one line per example" };
        var command = new Command("predict", "Predict one example or the rows of a file. Learns nothing.") { model, features, csv, label, entity, occurredAt, version, abstain, explain, top, json };
        command.Validators.Add(result =>
        {
            if (result.GetValue(features) is null == result.GetValue(csv) is null)
            {
                result.AddError("Give --features or --csv.");
            }

            if (result.GetValue(occurredAt) is not null && result.GetValue(csv) is not null)
            {
                result.AddError("--occurred-at is the time of one example; it does not go with --csv.");
            }
        });
        command.SetWork(async (parse, cancellationToken) =>
        {
            using var client = connection.Client(parse);
            var name = parse.GetRequiredValue(model);
            if (parse.GetValue(features) is { } text)
            {
                var request = new PredictRequest
                {
                    Features = FeatureText.Parse(text),
                    Entity = parse.GetValue(entity),
                    OccurredAt = parse.GetValue(occurredAt),
                    AbstainBelow = parse.GetValue(abstain),
                    Explain = parse.GetValue(explain) ? true : null,
                    Top = parse.GetValue(top),
                };
                var answer = await client.PredictAsync(name, request, parse.GetValue(version), cancellationToken);
                await (parse.GetValue(json) ? JsonOutput.WriteAsync(answer) : Console.Out.WriteLineAsync(PredictionText.Describe(answer)));
                if (!parse.GetValue(json) && answer.Explanation is { } explanation)
                {
                    await Console.Out.WriteLineAsync(PredictionText.Explain(explanation));
                }

                return CommandActions.Done;
            }

            await using var rows = await CsvRowReader.OpenAsync(parse.GetValue(csv)!, new CsvRoles { Label = parse.GetValue(label), Entity = parse.GetValue(entity) }, cancellationToken);
            RowOptions.Fit(rows, await client.GetModelAsync(name, cancellationToken));
            return await PredictFileAsync(client, name, rows, parse.GetValue(version), parse.GetValue(json), cancellationToken);
        });
        return command;
    }

    private static async Task<int> PredictFileAsync(LifelongClient client, string model, CsvRowReader rows, int? version, bool json, CancellationToken cancellationToken)
    {
        var buffer = new System.Buffers.ArrayBufferWriter<byte>(64 * 1024);
        await using var writer = new Utf8JsonWriter(buffer);
        var more = true;
        while (more)
        {
            buffer.ResetWrittenCount();
            writer.Reset();
            writer.WriteStartObject();
            writer.WriteStartArray("rows"u8);
            var entities = new List<string?>(BatchRows);
            while (entities.Count < BatchRows && (more = await rows.ReadAsync(cancellationToken)))
            {
                if (rows.Error is not null)
                {
                    throw new CliException(string.Create(CultureInfo.InvariantCulture, $"row {rows.Number} {rows.Error}"));
                }

                rows.WriteFeatures(writer);
                entities.Add(rows.Entity);
            }

            writer.WriteEndArray();
            if (entities.Exists(entity => entity is not null))
            {
                writer.WritePropertyName("entities"u8);
                JsonSerializer.Serialize(writer, entities, ContractJson.Options);
            }

            writer.WriteEndObject();
            await writer.FlushAsync(cancellationToken);
            if (entities.Count == 0)
            {
                break;
            }

            var answer = await client.PredictJsonAsync(model, buffer.WrittenMemory, version, cancellationToken);
            foreach (var prediction in answer.Results)
            {
                await (json ? JsonOutput.WriteAsync(prediction) : Console.Out.WriteLineAsync(PredictionText.Describe(prediction)));
            }
        }

        return CommandActions.Done;
    }
}
