using System.Text.Json;

namespace LifelongApi.Learning.Compilation;

/// <summary>What a <c>Grew</c> event asks for: <c>{"classes":32}</c>, or <c>{"population":"hidden","units":48}</c>.</summary>
/// <param name="Classes">Room for so many classes; null where a population is named.</param>
/// <param name="Population">The population that gets units; null where classes are named.</param>
/// <param name="Units">Units that it is to have.</param>
internal readonly record struct GrowthOrder(int? Classes, string? Population, int Units)
{
    /// <summary>Reads the payload of the event.</summary>
    /// <param name="payload">UTF-8 JSON.</param>
    /// <returns>The order.</returns>
    /// <exception cref="InvalidDataException">It is not JSON, or names neither.</exception>
    public static GrowthOrder Read(ReadOnlySpan<byte> payload)
    {
        var reader = new Utf8JsonReader(payload);
        int? classes = null;
        var (population, units) = ((string?)null, 0);
        try
        {
            while (reader.Read())
            {
                if (reader.TokenType != JsonTokenType.PropertyName)
                {
                    continue;
                }

                if (reader.ValueTextEquals("classes"u8) && reader.Read() && reader.TokenType == JsonTokenType.Number && reader.TryGetInt32(out var number))
                {
                    classes = number;
                }
                else if (reader.ValueTextEquals("population"u8) && reader.Read() && reader.TokenType == JsonTokenType.String)
                {
                    population = reader.GetString();
                }
                else if (reader.ValueTextEquals("units"u8) && reader.Read() && reader.TokenType == JsonTokenType.Number && reader.TryGetInt32(out number))
                {
                    units = number;
                }
            }
        }
        catch (JsonException exception)
        {
            throw new InvalidDataException("The payload of a Grew event is not JSON.", exception);
        }

        return classes is not null || (population is not null && units > 0)
            ? new GrowthOrder(classes, population, units)
            : throw new InvalidDataException("A Grew event names the new capacity in 'classes', or a 'population' and its 'units'.");
    }
}
