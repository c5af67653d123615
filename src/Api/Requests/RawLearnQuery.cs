using System.Globalization;
using System.Text;
using LifelongApi.Api.Hosting;

namespace LifelongApi.Api.Requests;

/// <summary>What a learn call with a raw body carries in its query.</summary>
/// <param name="query">The query.</param>
internal sealed class RawLearnQuery(IQueryCollection query)
{
    /// <summary>The names it may carry.</summary>
    public static readonly string[] Names = ["label", "target", "reward", "weight", "eventId", "task", "entity", "subject", "occurredAt"];

    /// <summary>The names that the query of a raw remembered prediction may carry.</summary>
    public static readonly string[] NamesOfPredict = ["version", "remember", "eventId", "entity", "subject", "occurredAt"];

    /// <summary>Fills an event.</summary>
    /// <exception cref="ProblemException">400 that names the parameter and the fix.</exception>
    public void Fill(ref EventFields fields, List<double> target)
    {
        fields.Label = Text("label", EventFields.MaxTextBytes);
        fields.EventId = Text("eventId", EventFields.MaxEventIdBytes);
        fields.Task = Text("task", NameRule.MaxLength);
        fields.Entity = Entity();
        fields.Subject = Text("subject", EventFields.MaxTextBytes);
        fields.Reward = One("reward");
        fields.Weight = One("weight");
        fields.OccurredAt = OccurredAt();
        foreach (var part in query["target"].SelectMany(value => value!.Split(',')))
        {
            target.Add(Number("target", part));
        }
    }

    /// <summary>Whom or what it is about.</summary>
    /// <exception cref="ProblemException">400.</exception>
    public string? Entity() => Text("entity", EventFields.MaxTextBytes);

    /// <summary>When it happened, microseconds since 1970-01-01 UTC.</summary>
    /// <exception cref="ProblemException">400.</exception>
    public long? OccurredAt() =>
        query["occurredAt"] is not [var time] ? null
        : EventFields.TryReadTime(time, out var micros) ? micros : throw ProblemException.Invalid("occurredAt", EventFields.TimeHint);

    private string? Text(string name, int maxBytes)
    {
        var values = query[name];
        if (values.Count == 0)
        {
            return null;
        }

        if (values.Count > 1)
        {
            throw ProblemException.Invalid(name, "is given twice; give it once.");
        }

        EventFields.CheckLength(Encoding.UTF8.GetByteCount(values[0]!), name, FieldPath.Root, maxBytes);
        return values[0];
    }

    private double? One(string name) => Text(name, EventFields.MaxTextBytes) is { } text ? Number(name, text) : null;

    private static double Number(string name, string text) =>
        double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var value) && Math.Abs(value) <= float.MaxValue
            ? value
            : throw ProblemException.Invalid(name, $"'{text}' is not a finite number within ±3.4e38.");
}
