using System.Globalization;
using System.Text.Json;
using LifelongApi.Contracts;
using LifelongApi.Contracts.Models;

namespace LifelongApi.Learning.Compilation;

/// <summary>
/// Programs of the models of a process: those with the same spec and the same room run one program in the same working memory, so that a thousand small models take neither for each,
/// and find both in the caches of the processor whichever of them learned last. A program lives as long as a model runs it. Safe for any thread.
/// </summary>
public sealed class ProgramCache
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, WeakReference<ModelProgram>> _programs = new(StringComparer.Ordinal);

    /// <summary>The program of a spec, compiled where no model runs it.</summary>
    /// <param name="spec">A spec that <see cref="SpecValidator"/> has passed, with the units that its populations have.</param>
    /// <param name="classCapacity">Classes that are to fit; 0 for values.</param>
    /// <returns>The program.</returns>
    internal ModelProgram Compile(ModelSpec spec, int classCapacity)
    {
        var key = string.Create(CultureInfo.InvariantCulture, $"{classCapacity} {JsonSerializer.Serialize(spec, ContractJson.Options)}");
        lock (_lock)
        {
            if (_programs.TryGetValue(key, out var known) && known.TryGetTarget(out var program))
            {
                return program;
            }

            foreach (var (gone, _) in _programs.Where(entry => !entry.Value.TryGetTarget(out _)).ToArray())
            {
                _programs.Remove(gone);
            }

            program = new ModelProgram(LearnerCompiler.Compile(spec, classCapacity));
            _programs[key] = new WeakReference<ModelProgram>(program);
            return program;
        }
    }
}
