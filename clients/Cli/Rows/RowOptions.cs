using System.CommandLine;
using LifelongApi.Contracts.Models;

namespace LifelongApi.Cli.Rows;

/// <summary>The options that name a labelled file and which rows of it to take.</summary>
internal sealed class RowOptions
{
    private readonly Option<string?> _csv = new("--csv") { Description = "Comma-separated file with a header line (.gz too)" };
    private readonly Option<string?> _ndjson = new("--ndjson") { Description = "File of learn events, one JSON object a line (.gz too)" };
    private readonly Option<string?> _images = new("--idx-images") { Description = "IDX file of images in unsigned bytes (.gz too)" };
    private readonly Option<string?> _labels = new("--idx-labels") { Description = "IDX file of their labels" };
    private readonly Option<string?> _label = new("--label") { Description = "CSV column with the class" };
    private readonly Option<string?> _target = new("--target") { Description = "CSV column with the number to predict; several with commas between them" };
    private readonly Option<string?> _task = new("--task") { Description = "CSV column with the task a row belongs to" };
    private readonly Option<string?> _entity = new("--entity") { Description = "CSV column with the entity a row is about" };
    private readonly Option<string?> _occurredAt = new("--occurred-at") { Description = "CSV column with the time a row happened, ISO 8601" };
    private readonly Option<long> _skip = new("--skip") { Description = "Rows to pass over first" };
    private readonly Option<long?> _limit = new("--limit") { Description = "Most rows to take" };

    internal void AddTo(Command command)
    {
        Option[] options = [_csv, _ndjson, _images, _labels, _label, _target, _task, _entity, _occurredAt, _skip, _limit];
        foreach (var option in options)
        {
            command.Options.Add(option);
        }

        command.Validators.Add(result =>
        {
            string?[] sources = [result.GetValue(_csv), result.GetValue(_ndjson), result.GetValue(_images)];
            if (sources.Count(source => source is not null) != 1)
            {
                result.AddError("Give one of --csv, --ndjson and --idx-images.");
            }

            if (result.GetValue(_images) is null != result.GetValue(_labels) is null)
            {
                result.AddError("--idx-images and --idx-labels go together.");
            }

            if (result.GetValue(_csv) is null && (result.GetValue(_label) ?? result.GetValue(_target) ?? result.GetValue(_task) ?? result.GetValue(_entity) ?? result.GetValue(_occurredAt)) is not null)
            {
                result.AddError("--label, --target, --task, --entity and --occurred-at name columns of a --csv file.");
            }

            if (result.GetValue(_label) is not null && result.GetValue(_target) is not null)
            {
                result.AddError("Give --label for classes or --target for numbers, not both.");
            }

            if (result.GetValue(_skip) < 0 || result.GetValue(_limit) < 0)
            {
                result.AddError("--skip and --limit are 0 or more.");
            }
        });
    }

    /// <summary>Rows to pass over first.</summary>
    internal long Skip(ParseResult parse) => parse.GetValue(_skip);

    /// <summary>Most rows to take after that.</summary>
    internal long Limit(ParseResult parse) => parse.GetValue(_limit) ?? long.MaxValue;

    /// <summary>The files named, in an order of meaning.</summary>
    internal IReadOnlyList<string> Paths(ParseResult parse)
    {
        string?[] paths = [parse.GetValue(_csv), parse.GetValue(_ndjson), parse.GetValue(_images), parse.GetValue(_labels)];
        return [.. paths.OfType<string>()];
    }

    /// <summary>Opens the file; the caller disposes of the reader.</summary>
    internal async Task<RowReader> OpenAsync(ParseResult parse, CancellationToken cancellationToken)
    {
        if (parse.GetValue(_csv) is { } csv)
        {
            var roles = new CsvRoles { Label = parse.GetValue(_label), Target = parse.GetValue(_target), Task = parse.GetValue(_task), Entity = parse.GetValue(_entity), OccurredAt = parse.GetValue(_occurredAt) };
            return await CsvRowReader.OpenAsync(csv, roles, cancellationToken);
        }

        return parse.GetValue(_ndjson) is { } ndjson
            ? NdjsonRowReader.Open(ndjson)
            : await IdxRowReader.OpenAsync(parse.GetValue(_images)!, parse.GetValue(_labels)!, cancellationToken);
    }

    /// <summary>Makes the reader write the form of features that the model takes.</summary>
    internal static void Fit(RowReader rows, ModelInfo model)
    {
        if (rows is CsvRowReader csv)
        {
            csv.Dense = model.Spec?.Input.Kind is InputKind.Vector or InputKind.Image;
        }
    }
}
