using System.Collections;
using System.Diagnostics.CodeAnalysis;

namespace LifelongApi.Api.Hosting;

/// <summary>A few numbers by name, in order: what an answer to a learn holds several of, so without a table of hashes. Finding one looks at them one by one.</summary>
/// <param name="names">Different names; there may be more of them than numbers.</param>
/// <param name="numbers">The number of each of the first names.</param>
internal sealed class NamedNumbers(IReadOnlyList<string> names, float[] numbers) : IReadOnlyDictionary<string, float>
{
    /// <inheritdoc/>
    public int Count => numbers.Length;

    /// <inheritdoc/>
    public IEnumerable<string> Keys => names.Take(Count);

    /// <inheritdoc/>
    public IEnumerable<float> Values => numbers;

    /// <inheritdoc/>
    public float this[string key] => TryGetValue(key, out var number) ? number : throw new KeyNotFoundException($"There is no '{key}'.");

    /// <summary>A name and its number.</summary>
    /// <param name="index">From 0 to <see cref="Count"/> − 1.</param>
    public (string Name, float Number) At(int index) => (names[index], numbers[index]);

    /// <inheritdoc/>
    public bool ContainsKey(string key) => TryGetValue(key, out _);

    /// <inheritdoc/>
    public bool TryGetValue(string key, [MaybeNullWhen(false)] out float value)
    {
        for (var i = 0; i < numbers.Length; i++)
        {
            if (names[i] == key)
            {
                value = numbers[i];
                return true;
            }
        }

        value = 0;
        return false;
    }

    /// <inheritdoc/>
    public IEnumerator<KeyValuePair<string, float>> GetEnumerator()
    {
        for (var i = 0; i < numbers.Length; i++)
        {
            yield return new KeyValuePair<string, float>(names[i], numbers[i]);
        }
    }

    /// <inheritdoc/>
    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}
