using System.Text.Json;
using LifelongApi.Api.Hosting;
using LifelongApi.Learning.Features;

namespace LifelongApi.Api.Requests;

/// <summary>Whom a predict is about and when it happened: what an event says in its envelope.</summary>
internal struct PredictMoment
{
    private string? _entity;
    private List<string?>? _entities;
    private long? _occurredAt;

    /// <summary>When it happened, or null.</summary>
    public readonly long? OccurredAt => _occurredAt;

    /// <summary>Whom a row is about, or null.</summary>
    public readonly string? EntityOf(int row) => _entities is null ? _entity : _entities[row];

    /// <summary>What a call with a raw body carries in its query.</summary>
    /// <param name="query">The query.</param>
    /// <exception cref="ProblemException">400 that names the parameter and the fix.</exception>
    public static PredictMoment OfQuery(IQueryCollection query)
    {
        var fields = new RawLearnQuery(query);
        return new PredictMoment { _entity = fields.Entity(), _occurredAt = fields.OccurredAt() };
    }

    /// <summary>Reads one property where it is one of these.</summary>
    /// <param name="reader">Stands on a property name; on the end of its value afterwards.</param>
    /// <param name="events">Reads texts and times.</param>
    /// <param name="most">Most entities.</param>
    /// <returns>False where the property is another one; nothing was read then.</returns>
    /// <exception cref="ProblemException">400 that names the field and the fix.</exception>
    public bool TryRead(ref Utf8JsonReader reader, EventReader events, int most)
    {
        if (reader.ValueTextEquals("entity"u8))
        {
            Once(_entity is not null, "entity");
            reader.Read();
            _entity = reader.TokenType == JsonTokenType.Null ? null : events.ReadEntity(ref reader, FieldPath.Root);
            return true;
        }

        if (reader.ValueTextEquals("entities"u8))
        {
            Once(_entities is not null, "entities");
            reader.Read();
            _entities = ReadEntities(ref reader, events, most);
            return true;
        }

        if (reader.ValueTextEquals("occurredAt"u8))
        {
            Once(_occurredAt is not null, "occurredAt");
            reader.Read();
            _occurredAt = reader.TokenType == JsonTokenType.Null ? null : EventReader.ReadTime(ref reader, FieldPath.Root, "occurredAt");
            return true;
        }

        return false;
    }

    /// <summary>Writes entity and time behind the payloads.</summary>
    /// <param name="single">Payload of one example, or nothing.</param>
    /// <param name="rows">Payloads of several, replaced in place.</param>
    /// <param name="now">Time where none was given, or null.</param>
    /// <returns>The one payload.</returns>
    public readonly ReadOnlyMemory<byte> Stamp(ReadOnlyMemory<byte> single, List<ReadOnlyMemory<byte>>? rows, long? now)
    {
        if (_entities is not null && _entity is not null)
        {
            throw ProblemException.Invalid("entities", "is given beside entity; give one entity for all rows, or one for each.");
        }

        if (_entities is not null && _entities.Count != rows?.Count)
        {
            throw ProblemException.Invalid("entities", FormattableString.Invariant($"holds {_entities.Count} entities for {rows?.Count ?? 0} rows; give one for each row."));
        }

        for (var i = 0; i < (rows?.Count ?? 0); i++)
        {
            rows![i] = PayloadBuilder.Stamp(rows[i], HashOf(_entities is null ? _entity : _entities[i]), _occurredAt ?? now);
        }

        return rows is null ? PayloadBuilder.Stamp(single, HashOf(_entity), _occurredAt ?? now) : single;
    }

    private static ulong HashOf(string? entity) => entity is null ? 0 : FeatureHash.OfName(entity);

    private static void Once(bool isGiven, string name)
    {
        if (isGiven)
        {
            throw ProblemException.Invalid(name, "is given twice; give it once.");
        }
    }

    private static List<string?> ReadEntities(ref Utf8JsonReader reader, EventReader events, int most)
    {
        if (reader.TokenType != JsonTokenType.StartArray)
        {
            throw ProblemException.Invalid("entities", $"is {JsonText.KindOf(reader.TokenType)}; give an array with the entity of each row.");
        }

        var entities = new List<string?>();
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            if (entities.Count == most)
            {
                throw ProblemException.Invalid("entities", FormattableString.Invariant($"holds more than {most}; send the rows in parts."));
            }

            entities.Add(reader.TokenType == JsonTokenType.Null ? null : events.ReadEntity(ref reader, FieldPath.Entity(entities.Count)));
        }

        return entities;
    }
}
