using System.Text.Json;
using System.Text.Json.Serialization;

namespace LifelongApi.Contracts.Learning;

/// <summary>
/// An event's features in one of the wire forms: an array of numbers, an object from index to number,
/// an object from name to number, string or boolean, or a base64 string of little-endian float32.
/// </summary>
[JsonConverter(typeof(FeatureSetConverter))]
public sealed class FeatureSet
{
    private readonly object _value;

    private FeatureSet(object value) => _value = value;

    /// <summary>A dense array.</summary>
    /// <param name="values">Finite numbers.</param>
    /// <returns>The features.</returns>
    public static FeatureSet Dense(ReadOnlyMemory<float> values) => new(values);

    /// <summary>A dense array, sent as base64 of little-endian float32: exact and compact.</summary>
    /// <param name="values">Finite numbers.</param>
    /// <returns>The features.</returns>
    public static FeatureSet Binary(ReadOnlySpan<float> values)
    {
        var bytes = new byte[values.Length * sizeof(float)];
        for (var i = 0; i < values.Length; i++)
        {
            System.Buffers.Binary.BinaryPrimitives.WriteSingleLittleEndian(bytes.AsSpan(i * sizeof(float)), values[i]);
        }

        return new FeatureSet(bytes);
    }

    /// <summary>An object from index to number.</summary>
    /// <param name="values">Finite numbers by index.</param>
    /// <returns>The features.</returns>
    public static FeatureSet Sparse(IReadOnlyDictionary<int, float> values) => new(values);

    /// <summary>An object from name to a number (<see cref="double"/>), <see cref="string"/>, <see cref="bool"/> or null for missing.</summary>
    /// <param name="values">Values by name.</param>
    /// <returns>The features.</returns>
    public static FeatureSet Named(IReadOnlyDictionary<string, object?> values) => new(values);

    internal void Write(Utf8JsonWriter writer)
    {
        switch (_value)
        {
            case ReadOnlyMemory<float> dense:
                writer.WriteStartArray();
                foreach (var value in dense.Span)
                {
                    writer.WriteNumberValue(value);
                }

                writer.WriteEndArray();
                break;
            case byte[] bytes:
                writer.WriteBase64StringValue(bytes);
                break;
            case IReadOnlyDictionary<int, float> sparse:
                writer.WriteStartObject();
                foreach (var (index, value) in sparse)
                {
                    writer.WriteNumber(index.ToString(System.Globalization.CultureInfo.InvariantCulture), value);
                }

                writer.WriteEndObject();
                break;
            case IReadOnlyDictionary<string, object?> named:
                writer.WriteStartObject();
                foreach (var (name, value) in named)
                {
                    WriteNamed(writer, name, value);
                }

                writer.WriteEndObject();
                break;
            case JsonElement element:
                element.WriteTo(writer);
                break;
            default:
                throw new InvalidOperationException($"Features cannot hold {_value.GetType()}.");
        }
    }

    internal static FeatureSet Read(ref Utf8JsonReader reader) => new(JsonElement.ParseValue(ref reader));

    private static void WriteNamed(Utf8JsonWriter writer, string name, object? value)
    {
        switch (value)
        {
            case null: writer.WriteNull(name); break;
            case bool flag: writer.WriteBoolean(name, flag); break;
            case string text: writer.WriteString(name, text); break;
            case double number: writer.WriteNumber(name, number); break;
            case float number: writer.WriteNumber(name, number); break;
            case int number: writer.WriteNumber(name, number); break;
            case long number: writer.WriteNumber(name, number); break;
            case decimal number: writer.WriteNumber(name, number); break;
            default: throw new ArgumentException($"Feature '{name}' is a {value.GetType().Name}; give a number, a string, a boolean or null.");
        }
    }
}

/// <summary>Writes the wire forms of <see cref="FeatureSet"/>. Reading keeps the JSON as it came.</summary>
public sealed class FeatureSetConverter : JsonConverter<FeatureSet>
{
    /// <inheritdoc/>
    public override FeatureSet Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => FeatureSet.Read(ref reader);

    /// <inheritdoc/>
    public override void Write(Utf8JsonWriter writer, FeatureSet value, JsonSerializerOptions options)
    {
        ArgumentNullException.ThrowIfNull(writer);
        ArgumentNullException.ThrowIfNull(value);
        value.Write(writer);
    }
}
