//! Keeping a secret in a file that only its owner may read, so that it is on the disk when the call returns. It does not
//! lock: of two who write at once, one wins whole.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt, chown};
use std::path::{Path, PathBuf};

use secrecy::{ExposeSecret, SecretString};

use super::Problem;

/// Writes a secret where there is none yet, with a newline. Folders that are missing are made, for their owner alone.
///
/// # Errors
/// When there is something already, be it a broken link, or it cannot be written; then nothing is left behind.
pub fn write_new(path: &Path, secret: &SecretString) -> Result<(), Problem> {
    let shown = path.display();
    write(path, secret).map_err(|error| match error.kind() {
        io::ErrorKind::AlreadyExists => {
            Problem(format!("there is a token already in `{shown}`; move it away first"))
        }
        _ => cannot(path, &error),
    })
}

/// Puts a secret in the place of the one that is there, if any: whoever reads finds the old one or the new one, whole.
/// It stays its owner's. A symbolic link is neither followed nor replaced.
///
/// # Errors
/// When it cannot be written; then the old one is still there.
pub fn replace(path: &Path, secret: &SecretString) -> Result<(), Problem> {
    let name =
        path.file_name().ok_or_else(|| Problem(format!("`{}` is not the name of a file", path.display())))?;
    let beside = format!(".{}.{}.new", name.to_string_lossy(), std::process::id());
    let beside = folder(path).join(beside);
    // Left by somebody with our number who died; if it cannot go away, the next line says so.
    let _ = fs::remove_file(&beside);
    let before = match fs::symlink_metadata(path) {
        Ok(before) if before.is_symlink() => {
            return Err(Problem(format!("`{}` is a link; name the file itself", path.display())));
        }
        before => before.ok(),
    };
    let done = write(&beside, secret).and_then(|()| {
        // Root may write what somebody else has to read.
        if let Some(before) = before {
            chown(&beside, Some(before.uid()), Some(before.gid())).inspect_err(|_| {
                // As below.
                let _ = fs::remove_file(&beside);
            })?;
        }
        fs::rename(&beside, path).inspect_err(|_| {
            // It would stay for ever. That it cannot be removed either changes nothing.
            let _ = fs::remove_file(&beside);
        })?;
        sync(&folder(path))
    });
    done.map_err(|error| cannot(path, &error))
}

fn cannot(path: &Path, error: &io::Error) -> Problem {
    Problem(format!("cannot write the secret to `{}`: {error}", path.display()))
}

fn write(path: &Path, secret: &SecretString) -> io::Result<()> {
    make_folder(&folder(path))?;
    // Neither a file nor what a link points to is ever written over.
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
    let text = secret.expose_secret();
    let written = file
        .write_all(text.as_bytes())
        .and_then(|()| if text.ends_with('\n') { Ok(()) } else { file.write_all(b"\n") })
        .and_then(|()| file.sync_all())
        .and_then(|()| sync(&folder(path)));
    written.inspect_err(|_| {
        // Half a secret is worse than none. That it cannot be removed either changes nothing.
        let _ = fs::remove_file(path);
    })
}

/// The folder of a file.
fn folder(path: &Path) -> PathBuf {
    match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent.to_owned(),
        _ => PathBuf::from("."),
    }
}

/// Makes what is missing of a folder, and sees to it that it will still be there after a power cut.
fn make_folder(folder: &Path) -> io::Result<()> {
    let missing =
        folder.ancestors().take_while(|above| !above.as_os_str().is_empty() && !above.exists()).count();
    if missing == 0 {
        return Ok(());
    }
    DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
    let above =
        |folder: &Path| if folder.as_os_str().is_empty() { sync(Path::new(".")) } else { sync(folder) };
    folder.ancestors().skip(1).take(missing).try_for_each(above)
}

/// Has the kernel write down which files are in a folder (fsync(2), "Calling fsync() does not …").
fn sync(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}
